"""What the board tells of learning resources: by the journal of deliveries."""

from __future__ import annotations

from pathlib import Path

from wasl.board.facts import UNKNOWN, Count, Plane, Standing
from wasl.history import History, Place, Unit, notes, read, units
from wasl.journal import FolderStore
from wasl.manifest.country import Country
from wasl.planes.evidence import of_line, wrong
from wasl.result import Message

_HELD = "content.held"


def place(home: Path, code: str) -> Place:
    """The journal of a country's deliveries."""
    name = f"content/{code}/journal"
    return Place("content", name, FolderStore(home / name))


def facts(home: Path, country: Country) -> tuple[Plane, Count]:
    """The plane, and how many resources destinations hold, each counted once."""
    history = read(place(home, country.code))
    done = units(history.lines, "content.deliver")
    last = _last_run(done)
    standing, remarks = _standing(history, last)
    evidence = tuple(of_line(history.place, unit.last) for unit in last)
    since = last[-1].last.entry.time if last else ""
    return Plane("content", standing, since, evidence, remarks), _delivered(history)


def _last_run(done: list[Unit]) -> list[Unit]:
    """The deliveries of the newest run, one a destination."""
    return [unit for unit in done if unit.intent.entry.run == done[-1].intent.entry.run]


def _standing(history: History, last: list[Unit]) -> tuple[Standing, tuple[Message, ...]]:
    if history.problem:
        return Standing.UNREADABLE, (wrong(history.problem),)
    if not last:
        return Standing.NONE, ()
    if any(unit.outcome is None for unit in last):
        return Standing.FAILED, (Message("board.cut-off"),)
    if not all(unit.ok for unit in last):
        return Standing.FAILED, (Message("board.failed"),)
    return Standing.IN_PLACE, ()


def _delivered(history: History) -> Count:
    told = notes(history.lines, _HELD)
    if not told:
        return UNKNOWN
    value = told[-1].entry.detail.get("resources")
    evidence = (of_line(history.place, told[-1]),)
    return Count(value if isinstance(value, int) and value >= 0 else None, evidence)
