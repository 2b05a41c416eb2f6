"""The shape of every plan and every check.

Whatever plans returns `Change`s; whatever checks returns `Finding`s. The four planes share both,
so that one renderer a format serves them all.
"""

from __future__ import annotations

import builtins
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from json.encoder import encode_basestring
from typing import Any, Literal, get_args

from wasl.errors import ExitCode

PlaneName = Literal["cloud", "devices", "identity", "content"]
"""What makes a description real."""
Plane = Literal[PlaneName, "manifest", "policy"]
"""What a change or a finding may be of."""
PLANES: tuple[PlaneName, ...] = get_args(PlaneName)
ALL_PLANES: tuple[Plane, ...] = get_args(Plane)
Environment = Literal["pilot", "production", ""]


def checked_by(plane: Plane) -> Plane:
    """The plane whose check finds it and whose mend is its: policies are looked at in the cloud."""
    return "cloud" if plane == "policy" else plane


WITHHELD = "(withheld: it may be a secret)"
"""What stands in the place of a value that no report may show."""


class Kind(str, Enum):
    """What is wrong, in one closed enumeration over all planes."""

    MISSING = "missing"  # described, and not there
    CHANGED = "changed"  # there, and different
    UNMANAGED = "unmanaged"  # there, and described nowhere
    SUPPRESSED = "suppressed"  # different, and hidden from the engine by ignoreChanges
    UNREADABLE = "unreadable"  # could not be looked at: never clean
    RESIDENCY = "residency"  # data where the country's contract does not permit it
    UNAPPLIED = "unapplied"  # the description moved on and was not applied
    INVALID = "invalid"  # the description itself is wrong
    POLICY = "policy"  # a rule of the house is broken
    WAIVER = "waiver"  # a waiver is expired or unused


class Severity(str, Enum):
    """How much it matters, most severe first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


SEVERITIES = tuple(Severity)


class Action(str, Enum):
    """What a plan would do to one target."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    MOVE = "move"
    DISABLE = "disable"
    DELETE = "delete"
    HOLD = "hold"  # left out on purpose; the reason says why


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file of the checkout, relative to its root; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Message:
    """Words for people: an id of the catalogue (`wasl/messages/`) and its arguments.

    An argument is text as it is, or words again (a reason, several reasons).
    """

    id: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; words within words are objects of the same shape."""
        arguments = {name: _plain(value) for name, value in self.arguments.items()}
        return {"id": self.id, "arguments": arguments}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Message:
        """The message that `as_json` made `record` of. Raises KeyError, TypeError."""
        arguments = {name: _argument(value) for name, value in record["arguments"].items()}
        return cls(record["id"], arguments)


Argument = str | Message | tuple[Message, ...]
Words = str | Message
"""What people read: words of the catalogue, or text that is shown as it is."""


def _plain(value: Argument) -> Any:
    if isinstance(value, tuple):
        return [one.as_json() for one in value]
    return value.as_json() if isinstance(value, Message) else value


def _argument(value: Any) -> Argument:
    if isinstance(value, list):
        return tuple(map(Message.from_json, value))
    return value if isinstance(value, str) else Message.from_json(value)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a plan would do. `before` and `after` hold only the properties that differ."""

    plane: Plane
    country: str
    target: str
    action: Action
    reason: Words
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    `target` names the thing (a URN, a device, a keyed pseudonym for a person); `type` what kind of
    thing it is; `property` the path inside it, empty for the whole. `expected` and `found` are
    plain JSON values and never secrets or personal data.
    """

    plane: Plane
    country: str
    target: str
    kind: Kind
    severity: Severity
    type: str = ""
    property: str = ""
    expected: Any = None
    found: Any = None
    environment: Environment = ""
    location: Location | None = None
    message: Message | None = None
    remedy: str = ""

    @builtins.property  # the field above has the same name
    def fingerprint(self) -> str:
        """Stable over runs and machines: a digest of plane, country, target, kind, property."""
        return fingerprint(self.plane, self.country, self.target, self.kind.value, self.property)

    @builtins.property
    def digest(self) -> str:
        """What a waiver is bound to: SHA-256 of what was found.

        Where a kind of finding quotes no value, of its message's arguments.
        """
        words = self.message.as_json()["arguments"] if self.message else {}
        return digest(words if self.found is None else self.found)

    @builtins.property
    def withheld(self) -> bool:
        """Whether what was found is not shown, or not all of it: its digest tells no change."""
        return WITHHELD in _texts(self.found)

    def as_json(self) -> dict[str, Any]:
        """Plain JSON in a fixed key order, fingerprint and digest included."""
        place, said = self.location, self.message
        return {
            "plane": self.plane,
            "country": self.country,
            "target": self.target,
            "kind": self.kind.value,
            "severity": self.severity.value,
            "type": self.type,
            "property": self.property,
            "expected": self.expected,
            "found": self.found,
            "environment": self.environment,
            "location": {"file": place.file, "line": place.line} if place else None,
            "message": said.as_json() if said else None,
            "remedy": self.remedy,
            "fingerprint": self.fingerprint,
            "digest": self.digest,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Finding:
        """The finding that `as_json` made `record` of. Raises KeyError, ValueError, TypeError."""
        plain = ("plane", "country", "target", "type", "property", "expected", "found")
        place, said = record["location"], record["message"]
        return cls(
            kind=Kind(record["kind"]),
            severity=Severity(record["severity"]),
            environment=record["environment"],
            location=Location(**place) if place else None,
            message=Message.from_json(said) if said else None,
            remedy=record["remedy"],
            **{name: record[name] for name in plain},
        )


def _texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


State = Literal["clean", "differs", "unreadable"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of one plane of one country said; without findings all is as described."""

    plane: Plane
    country: str
    environment: Environment = ""
    findings: tuple[Finding, ...] = ()
    notes: tuple[Message, ...] = ()

    @property
    def state(self) -> State:
        """What could not be read is never clean, and outranks what differs."""
        if any(finding.kind is Kind.UNREADABLE for finding in self.findings):
            return "unreadable"
        return "differs" if self.findings else "clean"


def fingerprint(*parts: str) -> str:
    """The first 32 hex digits of SHA-256 over the JSON list of `parts`."""
    # Written out, since it is asked for of each of very many findings; the same as `digest`.
    text = f"[{','.join(map(encode_basestring, parts))}]"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(value: Any) -> str:
    """SHA-256 (hex) of a JSON value in canonical form: sorted keys, no blanks, UTF-8."""
    return hashlib.sha256(_CANONICAL.encode(value).encode()).hexdigest()


def by_severity(finding: Finding) -> tuple[int, str, str, str, str, str]:
    """Sort key: most severe first, then by place, so that equal input gives equal output."""
    return (
        SEVERITIES.index(finding.severity),
        finding.country,
        finding.plane,
        finding.target,
        finding.kind.value,
        finding.property,
    )


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """0 clean, 2 differences, 1 if anything could not be read (1 outranks 2)."""
    kinds = {finding.kind for finding in findings}
    if Kind.UNREADABLE in kinds:
        return ExitCode.FAILED
    return ExitCode.DIFFERENCES if kinds else ExitCode.CLEAN
