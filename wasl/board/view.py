"""What the board shows: facts made safe to publish, each number with its evidence.

People and devices given to them are counted under `protect`'s rule; sums over countries add up what
is shown, and say "at least" where something is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from wasl.board.facts import (
    Count,
    Evidence,
    Facts,
    Plane,
    Standing,
    Verdict,
)
from wasl.board.indicators import Indicator, Source, indicators
from wasl.board.protect import Table, protect, small
from wasl.board.shown import Number
from wasl.board.states import states
from wasl.result import PLANES, Message, PlaneName, Severity

STAGES = ("begun", "intake", "wipe", "image", "configure", "verify", "handover")
HANDED_OVER = STAGES[-1]
ABOUT_PEOPLE = ("devices", "identity")
"""Planes whose every finding is about a person, or a device that someone was given."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A row of the appendix."""

    number: int
    country: str
    evidence: Evidence


@dataclass
class Register:
    """Numbers evidence in the order in which it is first referred to."""

    country: str = ""
    exhibits: list[Exhibit] = field(default_factory=list)
    _known: dict[tuple[str, Evidence], int] = field(default_factory=dict)

    def refer(self, evidence: Iterable[Evidence]) -> tuple[int, ...]:
        """The appendix's numbers for what shows something of the current country."""
        return tuple(self._one(one) for one in evidence)

    def _one(self, evidence: Evidence) -> int:
        key = (self.country, evidence)
        if key not in self._known:
            self._known[key] = len(self.exhibits) + 1
            self.exhibits.append(Exhibit(self._known[key], self.country, evidence))
        return self._known[key]


@dataclass(frozen=True)
class DriftShown:
    """The last check of a plane."""

    state: Verdict
    findings: Number
    worst: Severity | None
    at: datetime | None


@dataclass(frozen=True)
class PlaneShown:
    """A plane of a country."""

    name: PlaneName
    standing: Standing
    since: str
    remarks: tuple[Message, ...]
    evidence: tuple[int, ...]
    drift: DriftShown


@dataclass(frozen=True)
class Site:
    """A site's line: its name by language (or its own name alone), counts by stage, and its sum."""

    name: str
    names: Mapping[str, str]
    stages: Mapping[str, Number]
    total: Number
    expected: int | None


@dataclass(frozen=True)
class Fleet:
    """The devices of a country."""

    sites: tuple[Site, ...]
    stages: Mapping[str, Number]
    total: Number
    expected: int


@dataclass(frozen=True)
class Country:
    """A country as the board shows it."""

    code: str
    names: Mapping[str, str]
    environment: str
    manifest: tuple[int, ...]
    planes: tuple[PlaneShown, ...]
    fleet: Fleet
    figures: Mapping[str, Number]
    indicators: tuple[Indicator, ...]

    @property
    def at_work(self) -> bool:
        """Whether anything was begun."""
        return any(plane.standing is not Standing.NONE for plane in self.planes)


@dataclass(frozen=True)
class Board:
    """The whole board, the same in all languages."""

    made: datetime
    countries: tuple[Country, ...]
    totals: Mapping[str, Number]
    exhibits: tuple[Exhibit, ...]

    @property
    def at_work(self) -> int:
        """How many countries have anything begun."""
        return sum(country.at_work for country in self.countries)


NAMES: Mapping[str, Mapping[str, str]] = {state.code: dict(state.names) for state in states()}
"""Names as a list has them; a manifest's may bear an article."""
Numbered = Callable[[int | None], Number]
TOTALS = ("schools", "learners", "devices", "resources", "findings")


def board(facts: Sequence[Facts], made: datetime) -> Board:
    """What is shown of `facts`, in the order in which they are given."""
    register = Register()
    countries = tuple(_country(one, made, register) for one in facts)
    totals = {name: _sum(one.figures[name] for one in countries) for name in TOTALS}
    return Board(made, countries, totals, tuple(register.exhibits))


def _country(facts: Facts, made: datetime, register: Register) -> Country:
    register.country = facts.code
    manifest = register.refer([facts.manifest])
    planes = tuple(_plane(facts.planes[name], register) for name in PLANES)
    fleet = _fleet(facts, register)
    begun = {plane.name: plane.standing is not Standing.NONE for plane in planes}

    def number(plane: PlaneName, count: Count, kind: Literal["people", "things"]) -> Number:
        """Where nothing was begun, none is what there is."""
        known = count if begun[plane] or count.value is not None else Count(0, count.evidence)
        return _number(known, register, people=kind == "people")

    figures = {
        "cloud": number("cloud", facts.resources_up, "things"),
        "schools": number("identity", facts.schools, "things"),
        "learners": number("identity", facts.learners, "people"),
        "teachers": number("identity", facts.teachers, "people"),
        "devices": fleet.stages[HANDED_OVER],
        "resources": number("content", facts.delivered, "things"),
        "findings": _sum(plane.drift.findings for plane in planes),
    }
    source = Source(facts, figures["learners"], fleet.stages[HANDED_OVER], made.isoformat())
    return Country(
        facts.code,
        NAMES.get(facts.code, facts.names),
        facts.environment,
        manifest,
        planes,
        fleet,
        figures,
        indicators(source, register.refer),
    )


def _plane(plane: Plane, register: Register) -> PlaneShown:
    drift = plane.drift
    people = plane.name in ABOUT_PEOPLE
    shown = DriftShown(
        drift.state, _number(drift.findings, register, people=people), drift.worst, drift.at
    )
    evidence = register.refer(plane.evidence)
    return PlaneShown(plane.name, plane.standing, plane.since, plane.remarks, evidence, shown)


def _number(count: Count, register: Register, *, people: bool) -> Number:
    if count.value is None:
        return Number("unknown", None, register.refer(count.evidence))
    if people and small(count.value):
        return Number("hidden", None, register.refer(count.evidence))
    return Number("exact", count.value, register.refer(count.evidence))


def _sum(numbers: Iterable[Number]) -> Number:
    """The sum of what is shown; nothing can be subtracted from it but what is shown."""
    numbers = list(numbers)
    value = sum(one.value or 0 for one in numbers)
    if all(one.how == "exact" for one in numbers):
        return Number("exact", value, ())
    if value:
        return Number("at-least", value, ())
    hidden = any(one.how == "hidden" for one in numbers)
    return Number("hidden" if hidden else "unknown", None, ())


def _fleet(facts: Facts, register: Register) -> Fleet:
    devices = facts.devices
    names = sorted({*devices.expected, *(site for site, _ in devices.cells)})
    cells = {
        (site, stage): devices.cells.get((site, stage), 0) for site in names for stage in STAGES
    }
    table = protect(cells, keep=HANDED_OVER)
    evidence = register.refer(devices.evidence)

    def number(count: int | None) -> Number:
        return Number("hidden" if count is None else "exact", count, evidence)

    return Fleet(
        tuple(_site(name, facts, table, number) for name in names),
        {stage: number(table.columns.get(stage, 0)) for stage in STAGES},
        number(table.total),
        sum(devices.expected.values()),
    )


def _site(name: str, facts: Facts, table: Table, number: Numbered) -> Site:
    devices = facts.devices
    return Site(
        name,
        devices.names.get(name, {}),
        {stage: number(table.cells[name, stage]) for stage in STAGES},
        number(table.rows[name]),
        devices.expected.get(name),
    )
