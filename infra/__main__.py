"""The Pulumi program: one stack a country, named by its code, and `foundation`."""

from infra.program import main
from wasl.memory import collect_seldom

collect_seldom()
main()
