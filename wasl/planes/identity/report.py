"""A plan in the words of the house: changes, findings, and notes for people. No personal data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from integrations.identity.errors import Problem
from integrations.identity.plan import Plan
from integrations.identity.reasons import code_of, said
from wasl.planes.identity.setting import Home, Setting
from wasl.planes.identity.work import Planned
from wasl.result import (
    Action,
    Argument,
    Change,
    Finding,
    Kind,
    Message,
    Severity,
    Words,
)

SHOWN_CHANGES = 20
SHOWN_PROBLEMS = 100
SHOWN_PAIRS = 20
SHOWN_SCHOOLS = 40


def notes(made: Planned) -> Iterator[Words]:
    """What must be known to judge the plan."""
    plan = made.plan
    kind = Message(f"identity.plan.{plan.kind}")
    yield _note("plan", plan=plan.hash[:16], kind=kind, target=plan.target)
    yield from _counted(plan)
    yield from _schools(plan)
    yield from (_note("stopped", why=stop.words) for stop in plan.stops)
    if made.roster.refused:
        yield _note("refused", count=str(made.roster.refused))
    if made.alike.count:
        yield _note("alike", count=str(made.alike.count))
    if made.rejects:
        yield _note("rejects", file=str(made.rejects))
    yield from made.notes
    yield from assumed(made.setting)


def left_out(count: int) -> Message:
    """How many changes people are not shown."""
    return _note("left-out", count=str(count))


def _note(name: str, **arguments: Argument) -> Message:
    return Message(f"identity.note.{name}", arguments)


def _counted(plan: Plan) -> Iterator[Message]:
    for (kind, action), count in sorted(plan.totals().items()):
        reasons = sorted(
            {one.reason for one in plan.counts if (one.kind, one.action) == (kind, action)}
        )
        yield _note(
            "counted",
            kind=kind,
            count=str(count),
            action=Message(f"action.{action}"),
            why=tuple(map(said, reasons)),
        )


def _schools(plan: Plan) -> Iterator[Message]:
    """Counts by school, people and classes only."""
    schools: dict[str, dict[tuple[str, str], int]] = {}
    for one in plan.counts:
        if one.school and one.kind in ("users", "classes", "enrollments"):
            counts = schools.setdefault(one.school, {})
            key = (one.kind, one.action)
            counts[key] = counts.get(key, 0) + one.count
    for school in sorted(schools)[:SHOWN_SCHOOLS]:
        told = tuple(
            _note("counted-here", count=str(count), kind=kind, action=Message(f"action.{action}"))
            for (kind, action), count in sorted(schools[school].items())
        )
        yield _note("school", school=school, counts=told)
    if len(schools) > SHOWN_SCHOOLS:
        yield _note("more-schools", count=str(len(schools) - SHOWN_SCHOOLS))


def assumed(setting: Setting) -> Iterator[Message]:
    """Where the plan rests on something that the partner has not confirmed."""
    if setting.contract.assumed:
        parts = ", ".join(setting.contract.assumed)
        yield Message("check.assumed", {"partner": setting.partner.name, "parts": parts})


def refused(made: Planned) -> Iterator[Message]:
    """How many rows of the roster were left out; only the first of them are findings."""
    if made.roster.refused:
        words = {"country": made.setting.country.code, "count": str(made.roster.refused)}
        yield Message("check.refused", words)


def changes(plan: Plan, whole: bool) -> tuple[Change, ...]:
    """The changes, all of them or as many as people read: of what is new, that it is new."""
    if whole:
        return tuple(plan.changes())
    shown = plan.changes(SHOWN_CHANGES)
    return tuple(replace(one, after={}) if one.action is Action.CREATE else one for one in shown)


def problems(made: Planned) -> Iterator[Finding]:
    """What was wrong with the roster, the first of it."""
    for problem in made.roster.problems[:SHOWN_PROBLEMS]:
        yield finding(made.setting, problem)


def finding(setting: Home, problem: Problem) -> Finding:
    """One thing wrong with a roster."""
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    words = {"where": problem.where, "what": problem.what, "mend": problem.mend}
    return Finding(
        plane="identity",
        country=setting.country.code,
        target=place,
        type="roster",
        kind=Kind.INVALID,
        severity=Severity.HIGH,
        property=problem.column,
        environment=setting.country.environment,
        location=setting.catalogue.location(setting.country.code, "identity.source"),
        message=Message("WASL-ROSTER-ROW", words),
        remedy=problem.mend,
    )


def alike(made: Planned) -> Iterator[Finding]:
    """Who may be in the roster twice, the first of them."""
    setting, shown = made.setting, made.plan.shown_id
    for pair in made.alike.pairs[:SHOWN_PAIRS]:
        one, other = (f"users/{shown('users', key)}" for key in (pair.new, pair.other))
        words = {"record": one, "other": other, "evidence": ", ".join(pair.evidence)}
        yield Finding(
            plane="identity",
            country=setting.country.code,
            target=one,
            type="users",
            kind=Kind.INVALID,
            severity=Severity.LOW,
            property=other,
            environment=setting.country.environment,
            message=Message("WASL-IDENTITY-ALIKE", {**words, "school": pair.school}),
            remedy="have the school look; if it is one person, mend the roster",
        )


_DRIFT = {
    "create": (Kind.MISSING, "WASL-IDENTITY-MISSING"),
    "update": (Kind.CHANGED, "WASL-IDENTITY-CHANGED"),
    "move": (Kind.CHANGED, "WASL-IDENTITY-CHANGED"),
}
_GONE = (Kind.UNMANAGED, "WASL-IDENTITY-UNMANAGED")


def drift(made: Planned) -> Iterator[Finding]:
    """Where the partner's real state differs from the roster: one finding a field."""
    for change in made.plan.changes():
        kind, message = _DRIFT.get(change.action.value, _GONE)
        assert isinstance(change.reason, Message)
        if change.action is Action.DISABLE and code_of(change.reason) == "disabled":
            kind, message = _DRIFT["update"]
        fields = sorted({*change.before, *change.after}) if kind is Kind.CHANGED else [""]
        for field in fields:
            yield _drifted(made.setting, change, kind, message, field)


def _drifted(setting: Setting, change: Change, kind: Kind, message: str, field: str) -> Finding:
    target = setting.target.name
    words = {"record": change.target, "partner": target, "field": field, "reason": change.reason}
    serious = change.target.startswith("users/") and kind is not Kind.CHANGED
    return Finding(
        plane="identity",
        country=setting.country.code,
        target=f"{target}/{change.target}",
        type=change.target.partition("/")[0],
        kind=kind,
        severity=Severity.HIGH if serious else Severity.MEDIUM,
        property=field,
        expected=change.after.get(field) if field else None,
        found=change.before.get(field) if field else None,
        environment=setting.country.environment,
        location=setting.catalogue.location(setting.country.code, setting.place),
        message=Message(message, words),
        remedy=f"wasl identity apply {setting.country.code} --target {target}",
    )
