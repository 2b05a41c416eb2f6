"""What the board tells of identity: by the journal, which holds counts and no person."""

from __future__ import annotations

from pathlib import Path

from wasl.board.facts import UNKNOWN, Count, Plane, Standing
from wasl.history import History, Place, Unit, notes, read, units
from wasl.journal import FolderStore
from wasl.manifest.country import Country
from wasl.planes.evidence import of_line, wrong
from wasl.result import Message

_REACHED = "identity.reached"
_REFUSED = ("rejected", "unknown", "held")
People = tuple[Count, Count, Count]


def place(home: Path, code: str) -> Place:
    """The journal of a country's rosters."""
    name = f"identity/{code}/journal"
    return Place("identity", name, FolderStore(home / name))


def facts(home: Path, country: Country) -> tuple[Plane, People]:
    """The plane; learners, teachers and schools with accounts at the partner."""
    history = read(place(home, country.code))
    done = units(history.lines, "identity.plan")
    standing, remarks = _standing(history, done)
    evidence = (of_line(history.place, done[-1].last),) if done else ()
    since = done[-1].last.entry.time if done else ""
    plane = Plane("identity", standing, since, evidence, remarks)
    return plane, _people(history)


def _standing(history: History, done: list[Unit]) -> tuple[Standing, tuple[Message, ...]]:
    if history.problem:
        return Standing.UNREADABLE, (wrong(history.problem),)
    if not done:
        return Standing.NONE, ()
    last = done[-1]
    if last.outcome is None:
        return Standing.FAILED, (Message("board.cut-off"),)
    if not last.ok:
        return Standing.FAILED, (Message("board.failed"),)
    if any(last.detail.get(word) for word in _REFUSED):
        return Standing.UNDER_WAY, (Message("board.not-all-accepted"),)
    return Standing.IN_PLACE, ()


def _people(history: History) -> People:
    """From the last run that said whom it reached; not known where the partner refused accounts."""
    told = notes(history.lines, _REACHED)
    if not told:
        return UNKNOWN, UNKNOWN, UNKNOWN
    line = told[-1]
    evidence = (of_line(history.place, line),)
    if line.entry.detail.get("unconfirmed"):
        return (Count(None, evidence),) * 3
    learners, teachers, schools = (
        Count(_number(line.entry.detail.get(word)), evidence)
        for word in ("learners", "teachers", "schools")
    )
    return learners, teachers, schools


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None
