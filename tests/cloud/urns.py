"""The URN of every resource, kept in urns-*.txt: a rename would destroy and make anew.

`python -m tests.cloud.urns` writes the files; no engine and no sandbox is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from infra.policies.model import Resource
from tests.components.described import country
from tests.components.test_tenancy import PRODUCTION
from tests.policies.tenancies import foundation, tenancy
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.stacks import Stacks

DESCRIBED: dict[str, Callable[[], tuple[list[Resource], object]]] = {
    "pilot": lambda: tenancy(country()),
    "production": lambda: tenancy(country(**PRODUCTION)),
    "foundation": foundation,
}
"""What has a file: Jordan as it stands and as it will stand, and what all stand on."""

_STACK = "pulumi:pulumi:Stack$"
_ENGINES = ("::pulumi:providers:pulumi::", "::pulumi:pulumi:StackReference::", f"::{_STACK[:-1]}::")


def golden(name: str) -> Path:
    """The file of one of `DESCRIBED`."""
    return Path(__file__).with_name(f"urns-{name}.txt")


def described(name: str) -> list[str]:
    """The URNs that the program describes."""
    return _own(one.urn for one in DESCRIBED[name]()[0])


def urns(stacks: Stacks, name: str) -> list[str]:
    """The URNs that a stack's state holds; none is on its way out."""
    state = export(stacks, name)
    assert state is not None
    return _own(one["urn"] for one in state.resources if not one.get("delete"))


def _own(found: Iterable[str]) -> list[str]:
    """Sorted, without what the engine adds of itself: the stack, how it reads other stacks."""
    plain = (urn.replace(f"::{_STACK}", "::") for urn in found)  # mocks count the stack as parent
    return sorted(urn for urn in plain if not any(word in urn for word in _ENGINES))


if __name__ == "__main__":
    for each in DESCRIBED:
        golden(each).write_text("\n".join([*described(each), ""]))
