"""Indicators of Education 2030, where the programme's own data supports them.

The formulas are those of the UNESCO Institute for Statistics; what is counted is the programme, not
the country, and the board says so. What the programme does not count is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wasl.board.facts import Evidence, Facts
from wasl.board.shown import Number

COMPUTERS = "4.a.1-c"
LEARNERS = "learners-per-device"
UNKNOWN_PARTS = ("4.a.1-national", "4.a.1-others")
"""What of 4.a.1 nothing here could tell."""
_HANDED_OVER = "handover"
Refer = Callable[[Iterable[Evidence]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator's value for a country, and the newest time of what it was made from.

    `parts` are the two numbers that were divided, where both are shown.
    """

    name: str
    value: Number
    parts: tuple[int, int] | None = None
    time: str = ""


@dataclass(frozen=True)
class Source:
    """What indicators are made from: a country's facts, two numbers as they are shown, and when."""

    facts: Facts
    learners: Number
    devices: Number
    made: str


def indicators(source: Source, refer: Refer) -> tuple[Indicator, ...]:
    """Both indicators of a country."""
    return (_computers(source, refer), _learners(source))


def _computers(source: Source, refer: Refer) -> Indicator:
    """4.a.1 (c): schools with a computer for pupils, of the programme's schools."""
    fleet = source.facts.devices
    schools = [site for site, count in fleet.expected.items() if count]
    evidence = refer((source.facts.manifest, *fleet.evidence))
    if not schools:
        return Indicator(COMPUTERS, Number("unknown", None, evidence))
    having = sum(fleet.cells.get((site, _HANDED_OVER), 0) > 0 for site in schools)
    value = Number("exact", having / len(schools), evidence)
    return Indicator(COMPUTERS, value, (having, len(schools)), _newest(source, fleet.evidence))


def _learners(source: Source) -> Indicator:
    """Learners with an account for each device handed over; only where both are shown."""
    learners, devices, facts = source.learners, source.devices, source.facts
    evidence = tuple(dict.fromkeys((*learners.evidence, *devices.evidence)))
    if "hidden" in (learners.how, devices.how):
        return Indicator(LEARNERS, Number("hidden", None, evidence))
    if not learners.value or not devices.value:
        return Indicator(LEARNERS, Number("unknown", None, evidence))
    time = _newest(source, (*facts.learners.evidence, *facts.devices.evidence))
    value = Number("exact", learners.value / devices.value, evidence)
    return Indicator(LEARNERS, value, (int(learners.value), int(devices.value)), time)


def _newest(source: Source, evidence: Iterable[Evidence]) -> str:
    """The newest time of the evidence; where there is none, when it was asked for."""
    return max((one.time for one in evidence), default=source.made)
