"""Waivers held against what a check found: what stays open, what is waived, which waivers are void.

A fingerprint waives any one finding; a pattern never one of security or residency (`guarded`).
What could not be read, what is not shown, and a void waiver, nothing waives. A waiver names the
digests of the values that it is about, so that a changed value opens the finding again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from wasl.manifest.problems import ManifestError
from wasl.manifest.reader import read as read_document
from wasl.manifest.validation import validate
from wasl.manifest.waivers import EVERYWHERE, Pattern, Waiver, Waivers
from wasl.result import (
    Checked,
    Finding,
    Kind,
    Location,
    Message,
    Plane,
    Severity,
    checked_by,
    digest,
)

FILE = "waivers.yaml"
_NEVER = frozenset({Kind.UNREADABLE, Kind.WAIVER})
_GUARDED = frozenset({Kind.RESIDENCY, Kind.POLICY})
_SERIOUS = frozenset({Severity.CRITICAL, Severity.HIGH})

Unit = tuple[str, str]
"""A plane of a country."""


@dataclass(frozen=True)
class Standing:
    """A waiver, which of the file it is, and the line it stands on."""

    number: int
    waiver: Waiver
    location: Location

    @cached_property
    def _wanted(self) -> dict[str, re.Pattern[str]]:
        pattern = self.waiver.pattern or Pattern(kind="*")
        globs = pattern.model_dump(exclude_none=True)
        return {name: _glob(text) for name, text in globs.items()}

    def matches(self, finding: Finding) -> bool:
        """Whether it is about `finding`, whatever the value found."""
        waiver = self.waiver
        if finding.plane != waiver.plane or waiver.country not in (finding.country, EVERYWHERE):
            return False
        if waiver.fingerprint is not None:
            return finding.fingerprint == waiver.fingerprint
        values = {
            "target": finding.target,
            "type": finding.type,
            "property": finding.property,
            "kind": finding.kind.value,
        }
        return all(glob.fullmatch(values[name]) for name, glob in self._wanted.items())

    def concerns(self, unit: Unit) -> bool:
        """Whether findings that it is about come from the check of `unit`."""
        plane, country = unit
        mine = checked_by(self.waiver.plane)
        return mine == plane and self.waiver.country in (country, EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Waived:
    """A finding that somebody answers for."""

    finding: Finding
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True)
class Judged:
    """Checks without what is waived, what is waived, and the void waivers as findings."""

    checks: tuple[Checked, ...]
    waived: tuple[Waived, ...] = ()
    void: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is open."""
        return (*(one for check in self.checks for one in check.findings), *self.void)


def guarded(finding: Finding) -> bool:
    """Security or residency: what no pattern may waive.

    That is residency and policy whatever they weigh, and whatever weighs critical or high.
    """
    return finding.kind in _GUARDED or finding.severity in _SERIOUS


def read(root: Path) -> tuple[Standing, ...]:
    """The waivers of a checkout; none without the file. Raises `ManifestError`."""
    path = root / FILE
    if not path.exists():
        return ()
    document = read_document(path, FILE)
    said, problems = validate(Waivers, document)
    if said is None:
        raise ManifestError(problems)
    return tuple(
        Standing(number, waiver, document.location(("waivers", number)))
        for number, waiver in enumerate(said.waivers)
    )


def judge(
    waivers: Sequence[Standing],
    checks: Sequence[Checked],
    today: date,
    described: Collection[Unit] = (),
) -> Judged:
    """Hold `waivers` against `checks`. `described` are all units that there are to check."""
    bench = _Bench.of(waivers, today)
    judged = [replace(one, findings=tuple(bench.open(one.findings))) for one in checks]
    readable = {(one.plane, one.country) for one in checks if one.state != "unreadable"}
    void = bench.void(readable, {*described, *((one.plane, one.country) for one in checks)})
    return Judged(tuple(judged), tuple(bench.waived), tuple(void))


@dataclass
class _Bench:
    """Waivers, and what each was used for."""

    all: Sequence[Standing]
    today: date
    named: dict[str, list[Standing]] = field(default_factory=lambda: defaultdict(list))
    patterns: list[Standing] = field(default_factory=list)
    waived: list[Waived] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, waivers: Sequence[Standing], today: date) -> _Bench:
        bench = cls(waivers, today)
        for one in waivers:
            if one.waiver.expires < today:
                continue
            if one.waiver.fingerprint is not None:
                bench.named[one.waiver.fingerprint].append(one)
            else:
                bench.patterns.append(one)
        return bench

    def open(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """What is waived by nobody; takes note of the rest."""
        for finding in findings:
            by = self._by(finding)
            if by is None:
                yield finding
                continue
            self.used.add(by.number)
            self.waived.append(
                Waived(finding, by.waiver.reason, by.waiver.owner, by.waiver.expires)
            )

    def _by(self, finding: Finding) -> Standing | None:
        if finding.kind in _NEVER or not (self.named or self.patterns):
            return None
        named = self.named.get(finding.fingerprint, []) if self.named else []
        for one in [*named, *self.patterns]:
            if not one.matches(finding):
                continue
            if finding.withheld:
                self.refused[one.number] = "WASL-WAIVER-WITHHELD"
            elif one.waiver.pattern is not None and guarded(finding):
                self.refused[one.number] = "WASL-WAIVER-GUARDED"
            elif finding.digest not in one.waiver.found:
                self.refused[one.number] = "WASL-WAIVER-CHANGED"
            else:
                return one
        return None

    def void(self, readable: Collection[Unit], units: Collection[Unit]) -> Iterator[Finding]:
        """Waivers that have expired, or that nothing needs where all they concern was read."""
        for one in self.all:
            if one.waiver.expires < self.today:
                yield _void(one, "WASL-WAIVER-EXPIRED", Severity.MEDIUM)
            elif one.number not in self.used:
                concerned = [unit for unit in units if one.concerns(unit)]
                if concerned and all(unit in readable for unit in concerned):
                    yield _void(one, self.refused.get(one.number, "WASL-WAIVER-UNUSED"))


def _void(one: Standing, code: str, severity: Severity = Severity.LOW) -> Finding:
    waiver = one.waiver
    plane: Plane = waiver.plane
    what = waiver.fingerprint or _shown(waiver.pattern)
    words = {
        "what": what,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "reason": waiver.reason,
    }
    return Finding(
        plane=plane,
        country="" if waiver.country == EVERYWHERE else waiver.country,
        target=f"{FILE}/{what}",
        kind=Kind.WAIVER,
        severity=severity,
        type="waiver",
        property=digest(list(waiver.found))[:16],
        location=one.location,
        message=Message(code, words),
    )


def _shown(pattern: Pattern | None) -> str:
    said = pattern.model_dump(exclude_none=True) if pattern else {}
    return " ".join(f"{name}={text}" for name, text in said.items())


def _glob(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
