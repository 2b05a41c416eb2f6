"""The policy pack, as the engine starts it."""

from wasl.memory import collect_seldom

collect_seldom()  # before the imports, which are most of its time

from infra.policies.pack import main  # noqa: E402

main()
