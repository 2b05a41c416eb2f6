"""The Pulumi program: one stack a country, named by its code, and `foundation`."""

from infra.program import main

main()
