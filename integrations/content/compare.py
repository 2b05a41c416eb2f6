"""What a destination holds beside what it should: the steps between the two. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wasl.result import Action, Message

_NEW = Message("content.reason.new")
_CHANGED = Message("content.reason.changed")
_TO_FETCH = Message("content.reason.to-fetch")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource as a destination should hold it; no fingerprint where a file is not here yet."""

    title: str
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One resource to add, update or withdraw at one destination, and why.

    `expected` and `found` are fingerprints: what it should be there, and what it is.
    """

    destination: str
    resource: str
    action: Action
    reason: Message
    title: str = ""
    expected: str | None = None
    found: str | None = None


def steps(
    destination: str,
    wanted: Mapping[str, Wanted],
    observed: Mapping[str, str],
    why_gone: Callable[[str], Message],
) -> list[Step]:
    """The steps in order of resource. `why_gone` says why a resource is wanted no more."""
    found = []
    for name in sorted(wanted.keys() | observed.keys()):
        want, have = wanted.get(name), observed.get(name)
        if want is None:
            found.append(Step(destination, name, Action.DELETE, why_gone(name), found=have))
        elif have is None:
            told = (Action.CREATE, _NEW, want.title, want.fingerprint)
            found.append(Step(destination, name, *told))
        elif want.fingerprint != have:
            why = _TO_FETCH if want.fingerprint is None else _CHANGED
            told = (Action.UPDATE, why, want.title, want.fingerprint)
            found.append(Step(destination, name, *told, have))
    return found
