"""What each plane tells of a country: how far it is, how many, and by which evidence.

Numbers here are as they were counted. None of them leaves but through `protect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Literal

from wasl.result import Message, PlaneName, Severity


class Standing(str, Enum):
    """How far a plane is in a country."""

    NONE = "none"  # nothing was begun
    UNDER_WAY = "under-way"  # begun, and not all of it is there
    IN_PLACE = "in-place"  # the last work on it ended well, and all of it is there
    FAILED = "failed"  # the last work on it failed or was cut off
    UNREADABLE = "unreadable"  # what tells of it cannot be read or does not hold together


class Verdict(str, Enum):
    """What the last drift check said."""

    NEVER = "never"  # there was none
    CLEAN = "clean"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"  # something could not be read: not clean


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a number comes from: a file, segment or folder, its SHA-256, and its newest time.

    A folder's digest is that of its files' digests, by name. `place` is relative to where wasl
    keeps its state, or to the checkout.
    """

    kind: Literal["journal", "records", "check", "state", "manifest"]
    place: str
    digest: str
    time: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """A number and its evidence; None where it is not known."""

    value: int | None = None
    evidence: tuple[Evidence, ...] = ()


UNKNOWN = Count()


@dataclass(frozen=True)
class Drift:
    """The last check of a plane."""

    state: Verdict = Verdict.NEVER
    findings: Count = UNKNOWN
    worst: Severity | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Plane:
    """A plane of a country. `remarks` are what must be known to judge its standing."""

    name: PlaneName
    standing: Standing = Standing.NONE
    since: str = ""
    evidence: tuple[Evidence, ...] = ()
    remarks: tuple[Message, ...] = ()
    drift: Drift = Drift()


@dataclass(frozen=True)
class Devices:
    """Devices by site and the last stage that each has behind it."""

    cells: Mapping[tuple[str, str], int] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """A site's name by language; of a site that the manifest does not know its own alone."""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Facts:
    """A country at work."""

    code: str
    names: Mapping[str, str]
    environment: str
    manifest: Evidence
    planes: Mapping[PlaneName, Plane]
    devices: Devices = Devices()
    resources_up: Count = UNKNOWN
    """Cloud resources in the stack's state."""
    learners: Count = UNKNOWN
    teachers: Count = UNKNOWN
    schools: Count = UNKNOWN
    delivered: Count = UNKNOWN
    """Learning resources, each counted once however many places hold it."""
