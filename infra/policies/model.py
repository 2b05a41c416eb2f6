"""What a policy looks at, and what it says."""

from __future__ import annotations

import builtins
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from wasl.messages import say
from wasl.result import Argument, Message, Words

SHOWN = 80


class _Unknown:
    """A value that AWS has yet to give; a preview meets it, an `up` never should."""

    def __repr__(self) -> str:
        return "(not known yet)"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource in Pulumi's shape.

    `props` are its inputs, or its outputs where a whole stack is judged; `provider_region` is the
    region of its provider (empty where there is none); `depends` says which resources (URNs) each
    property was made from, and is known for a whole stack only.
    """

    urn: str
    type: str
    name: str
    props: Mapping[str, Any]
    provider_region: Any = ""
    protect: bool = False
    depends: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        """The value at `path` (`rules.0.action`): None where it is unset, else maybe UNKNOWN."""
        here: Any = self.props
        for part in path.split("."):
            here = _step(here, part)
            if here is None or here is UNKNOWN:
                return here
        return here

    def all(self, pattern: str) -> Iterator[tuple[str, Any]]:
        """Each path that `pattern` (`rules.*.copyActions.*.arn`) stands for, and its value.

        A list that is not known yet is yielded itself: whatever is in it cannot be judged.
        """
        return _walk(self.props, pattern.split("."), "")

    @property
    def region(self) -> Any:
        """Its own region, else its provider's; empty where neither is said."""
        return self.props.get("region") or self.provider_region

    @property
    def tags(self) -> Any:
        """Its tags; UNKNOWN while all of them are."""
        return self.props.get("tags") or {}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that a policy refuses: which property, what is wrong, what to do next.

    `undecided` marks what cannot be judged before its value is known; `said` are the same words as
    an id of the catalogue, where they have one.
    """

    property: str
    what: str
    next: str
    undecided: bool = False
    said: Message | None = None

    @builtins.property  # a field has the same name
    def words(self) -> Words:
        """What is wrong, for people of any language."""
        return self.said or self.what


@dataclass(frozen=True, slots=True)
class Must:
    """A property and what holds of it."""

    path: str
    holds: Callable[[Any], bool]
    words: str
    next: str = ""


def judge(resource: Resource, *rules: Must) -> Iterator[Problem]:
    """What `resource` breaks of `rules`."""
    for rule in rules:
        for path, value in resource.all(rule.path):
            if value is UNKNOWN:
                yield undecided(path)
            elif not rule.holds(value):
                what = f"{path} is {shown(value)}; it must be {rule.words}"
                yield Problem(path, what, rule.next or f"set {path} to {rule.words}")


def undecided(path: str) -> Problem:
    """The value at `path` is not known, so nothing can be said of it."""
    return replace(told(path, "residency.undecided", path=path), undecided=True)


def told(path: str, name: str, /, **arguments: Argument) -> Problem:
    """A problem with `path` in words of the catalogue, `<name>.next` included."""
    said = Message(name, arguments)
    return Problem(path, say(said), say(Message(f"{name}.next", arguments)), said=said)


def shown(value: Any) -> str:
    """A value as a message may show it: short, and unset in words."""
    if value is None:
        return "not set"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def true(value: Any) -> bool:
    """Set, and set to true."""
    return value is True


def not_true(value: Any) -> bool:
    """Unset or false."""
    return value is not True


def given(value: Any) -> bool:
    """Set to something."""
    return bool(value)


def among(*allowed: Any) -> Callable[[Any], bool]:
    """One of `allowed`."""
    return lambda value: value in allowed


def at_least(least: int) -> Callable[[Any], bool]:
    """A number not below `least`."""
    return lambda value: isinstance(value, int | float) and value >= least


def _step(here: Any, part: str) -> Any:
    if isinstance(here, Mapping):
        return here.get(part)
    if isinstance(here, Sequence) and not isinstance(here, str) and part.isdigit():
        return here[int(part)] if int(part) < len(here) else None
    return None


def _walk(here: Any, parts: list[str], path: str) -> Iterator[tuple[str, Any]]:
    if not parts or here is UNKNOWN:
        yield path, here
        return
    first, *rest = parts
    if first != "*":
        below = f"{path}.{first}" if path else first
        found = _step(here, first)
        if found is None and "*" in rest:
            return  # no list, so nothing in it
        yield from _walk(found, rest, below)
    elif isinstance(here, Sequence) and not isinstance(here, str):
        for number, item in enumerate(here):
            yield from _walk(item, rest, f"{path}.{number}")
