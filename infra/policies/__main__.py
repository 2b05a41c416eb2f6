"""The policy pack, as the engine starts it."""

from infra.policies.pack import main

main()
