"""The board in a terminal: a line a country and plane, or JSON of a versioned shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from wasl.board.page import MARKS, Tongue
from wasl.board.shown import Number
from wasl.board.view import TOTALS, Board, Country, PlaneShown
from wasl.messages import Language
from wasl.report.text import printable

VERSION = 1
FIGURES = {
    "cloud": ("cloud",),
    "devices": ("devices",),
    "identity": ("learners", "teachers", "schools"),
    "content": ("resources",),
}
"""The figures that are told of a plane."""


def lines(board: Board, language: Language) -> Iterator[str]:
    """The totals, then every country: one line where nothing was begun, else a line a plane."""
    say = Tongue(language)
    comma = say.say("comma")
    totals = (f"{say.say(f'figure.{name}')}: {say.shown(board.totals[name])}" for name in TOTALS)
    yield f"{say.say('figure.at-work')}: {say.number(board.at_work)}{comma}{comma.join(totals)}"
    for country in say.by_name(board.countries):
        yield ""
        yield f"{country.code}  {country.names[language]}"
        if not country.at_work:
            yield f"    {say.say('nothing-begun')}"
            continue
        for plane in country.planes:
            yield from _plane(country, plane, say)


def as_json(board: Board) -> str:
    """`{"version", "made", "totals", "countries", "evidence"}`; null is what is not shown."""
    record = {
        "version": VERSION,
        "made": board.made.isoformat(timespec="seconds"),
        "totals": {name: _number(board.totals[name]) for name in TOTALS},
        "countries": [_country(one) for one in board.countries],
        "evidence": [
            {
                "number": one.number,
                "country": one.country,
                "kind": one.evidence.kind,
                "place": one.evidence.place,
                "digest": one.evidence.digest,
                "time": one.evidence.time,
            }
            for one in board.exhibits
        ],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def drift(plane: PlaneShown, say: Tongue) -> str:
    """What the last check said, in a few words."""
    found = plane.drift
    if found.state.value == "differs" and found.findings.value is not None:
        return say.counted("findings", int(found.findings.value))
    return say.say(f"drift.{found.state.value}")


def _plane(country: Country, plane: PlaneShown, say: Tongue) -> Iterator[str]:
    figures = (
        f"{say.say(f'figure.{name}')} {say.shown(country.figures[name])}"
        for name in FIGURES[plane.name]
    )
    since = f" ({say.day(plane.since)})" if plane.since else ""
    parts = [
        f"{say.say(f'plane.{plane.name}')}: {say.say(f'standing.{plane.standing.value}')}{since}",
        *figures,
        f"{say.say('drift')}: {drift(plane, say)}",
    ]
    yield printable(f"    {MARKS[plane.standing]} {'; '.join(parts)}")
    for remark in plane.remarks:
        yield printable(f"        {say.message(remark)}")


def _country(country: Country) -> dict[str, Any]:
    return {
        "code": country.code,
        "environment": country.environment,
        "planes": {
            plane.name: {
                "standing": plane.standing.value,
                "since": plane.since,
                "evidence": list(plane.evidence),
                "remarks": [remark.id for remark in plane.remarks],
                "drift": plane.drift.state.value,
                "findings": _number(plane.drift.findings),
            }
            for plane in country.planes
        },
        "figures": {name: _number(number) for name, number in country.figures.items()},
        "indicators": {one.name: _number(one.value) for one in country.indicators},
    }


def _number(number: Number) -> dict[str, Any]:
    return {"how": number.how, "value": number.value, "evidence": list(number.evidence)}
