"""Drift of a device: how it differs from how `configure` left it, in the house's one Finding.

Both states come from `wasl_device.state`. One change is one finding: what a new package brings
along is that package's, and a changed file that a role manages is not also a changed package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wasl.result import Finding, Kind, Location, Message, Severity

State = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """Whose drift it is: a device's number, its country, and the manifest's lines.

    `location` is its profile's, `places` those of what the profile says of a type of finding.
    """

    country: str
    device: str
    location: Location | None = None
    places: Mapping[str, Location] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the state that is a table: its type in findings, how bad, and what may be added."""

    key: str
    type: str
    severity: Severity
    added: Kind = Kind.UNMANAGED


TABLES = (
    Part("files", "packaged file", Severity.HIGH, Kind.CHANGED),
    Part("managed", "managed file", Severity.MEDIUM),
    Part("accounts", "account", Severity.HIGH),
    Part("sudo", "sudo rule", Severity.CRITICAL),
    Part("packages", "package", Severity.MEDIUM),
    Part("units", "unit", Severity.MEDIUM),
    Part("packs", "pack", Severity.MEDIUM),
)
# The profile's key that declares a type of finding; the rest is the profile's as a whole.
KEYS = {
    "account": "accounts",
    "sudo rule": "accounts",
    "package": "applications",
    "pack": "packs",
}
LISTS = (
    Part("keys", "authorized key", Severity.CRITICAL),
    Part("ports", "open port", Severity.HIGH),
)


def compare(expected: State, found: State, subject: Subject) -> list[Finding]:
    """Every difference, each once; nothing for a device as it was left."""
    findings = [_unreadable(part, subject) for part in found["unreadable"]]
    for part in TABLES:
        findings += _table(part, expected, found, subject)
    for part in LISTS:
        findings += _list(part, expected, found, subject)
    return [*findings, *_firewall(expected, found, subject)]


def left(bodies: Iterable[Mapping[str, Any]]) -> State:
    """How a device was left: what `configure` wrote down last, with the packs of the last `packs`.

    `bodies` are entries of its record that were done, the oldest first, one of `configure` at
    least. Packs are never what a later `configure` saw: it does not put them there.
    """
    last = {str(body["stage"]): body["evidence"] for body in bodies}
    state = dict(last["configure"]["state"])
    if "packs" in last:
        state["packs"] = last["packs"]["packs"]
    return state


def no_baseline(subject: Subject) -> Finding:
    """A device of which no record says how it was left: could not tell, never clean."""
    return _finding(
        subject, Kind.UNREADABLE, Severity.HIGH, "device", "", None, None, "NO-BASELINE"
    )


def unapplied(subject: Subject, expected: str, found: str) -> Finding:
    """The manifest's profile moved on since the device was configured."""
    return _finding(
        subject, Kind.UNAPPLIED, Severity.MEDIUM, "profile", "profile", found, expected, "UNAPPLIED"
    )


def _table(part: Part, expected: State, found: State, subject: Subject) -> Iterator[Finding]:
    before, now = dict(expected[part.key]), dict(found[part.key])
    if part.key in found["unreadable"]:
        return
    if part.key == "units":
        new = set(found["packages"]) - set(expected["packages"])
        now = {name: owner for name, owner in now.items() if not owner or owner not in new}
        before = dict.fromkeys(before, "")
        now = dict.fromkeys(now, "")
    for name in sorted({*before, *now}):
        was, is_now = before.get(name), now.get(name)
        if was == is_now:
            continue
        kind = (
            part.added if name not in before else Kind.MISSING if name not in now else Kind.CHANGED
        )
        if part.key == "files" and name not in now:
            continue  # a packaged file that is as packaged again
        yield _finding(subject, kind, part.severity, part.type, name, was, is_now, "CHANGED")


def _list(part: Part, expected: State, found: State, subject: Subject) -> Iterator[Finding]:
    before, now = set(expected[part.key]), set(found[part.key])
    if part.key in found["unreadable"]:
        return
    for name in sorted(before ^ now):
        kind = Kind.MISSING if name in before else Kind.UNMANAGED
        there = {"there": True}
        was, is_now = (there, None) if name in before else (None, there)
        yield _finding(subject, kind, part.severity, part.type, name, was, is_now, "CHANGED")


def _firewall(expected: State, found: State, subject: Subject) -> Iterator[Finding]:
    was, is_now = expected["firewall"], found["firewall"]
    if was != is_now:
        kind = Kind.MISSING if is_now == "off" else Kind.CHANGED
        severity = Severity.CRITICAL if is_now == "off" else Severity.HIGH
        yield _finding(subject, kind, severity, "firewall", "ruleset", was, is_now, "CHANGED")


def _unreadable(part: str, subject: Subject) -> Finding:
    return _finding(subject, Kind.UNREADABLE, Severity.HIGH, part, part, None, None, "UNREADABLE")


def _finding(
    subject: Subject,
    kind: Kind,
    severity: Severity,
    what: str,
    name: str,
    expected: Any,
    found: Any,
    message: str,
) -> Finding:
    return Finding(
        "devices",
        subject.country,
        subject.device,
        kind,
        severity,
        type=what,
        property=f"{what} {name}".strip() if name != what else what,
        expected=expected,
        found=found,
        location=subject.places.get(what, subject.location),
        message=Message(f"WASL-DRIFT-{message}", {"what": what, "name": name, "kind": kind.value}),
    )
