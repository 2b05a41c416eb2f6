"""The writing half of a resource type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.aws.model import Aws, Props


def nothing(_aws: Aws, _id: str, _state: Props) -> None:
    """For types that AWS has no call for."""


def fresh(found: object, what: str) -> None:
    """Never adopt: refuse to make what was `found` already, where AWS (or moto) would not."""
    if found is not None:
        raise RuntimeError(f"{what} exists already: import it")


def unsupported(props: Props, *names: str) -> None:
    """Refuse inputs that the emulated AWS could not keep, rather than lose them in silence."""
    for name in names:
        if props.get(name) not in (None, "", [], {}, False):
            raise RuntimeError(f"the stand-in cannot make `{name}`: try it on real AWS")


def plain(value: Any) -> Any:
    """Nested inputs for a call: without the provider's own marks and what is unset."""
    if isinstance(value, dict):
        return {
            key: plain(item)
            for key, item in value.items()
            if key != "__defaults" and item is not None
        }
    return [plain(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Maker:
    """How one type is made, changed and removed; each function is given checked inputs.

    `create` returns the Pulumi id, with the outputs that AWS tells only this once, if there are
    any (they are `write_only` too, so that a refresh keeps them). `update` gets the old and the
    new inputs; None where every change replaces. `delete` gets the last known outputs; a thing
    already gone is no error.
    """

    create: Callable[[Aws, Props], str | tuple[str, Props]]
    update: Callable[[Aws, str, Props, Props], None] | None
    delete: Callable[[Aws, str, Props], None]
