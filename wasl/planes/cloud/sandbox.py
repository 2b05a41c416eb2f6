"""What `wasl sandbox start` does beyond starting processes: stacks for all, and the foundation."""

from __future__ import annotations

from collections.abc import Sequence

from infra.program import FOUNDATION
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.states import read


def make_stacks(stacks: Stacks, countries: Sequence[str]) -> list[str]:
    """Make the stacks that are not there yet; which they were."""
    return stacks.create_missing([FOUNDATION, *countries])


def foundation_lacks(stacks: Stacks, countries: Sequence[str]) -> list[str]:
    """The countries that the foundation has no account for yet."""
    target = stacks.target
    held = read(target.backend, target.environment, FOUNDATION)
    if held is None or held.state.open:
        return list(countries)
    accounts = held.state.outputs.get("accounts")
    known = accounts if isinstance(accounts, dict) else {}
    return [code for code in countries if code not in known]
