"""What the board tells of identity: by the journal, which holds counts and no person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

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
    """The plane; learners, teachers and schools with accounts at the partner.

    Of several targets each has its last run, and the plane stands as the worst of them does. The
    numbers are the first target's in the manifest that has any: the others hold the same people.
    """
    history = read(place(home, country.code))
    targets = [target.name for target in country.identity.targets]
    runs = units(history.lines, "identity.plan")
    done = _in_force({run.target: run for run in runs}, targets)
    done.sort(key=lambda run: _WORST.index(_standing(run)[0]))
    standing, remarks = _standing(done[0]) if done else (Standing.NONE, ())
    if history.problem:
        standing, remarks = Standing.UNREADABLE, (wrong(history.problem),)
    evidence = tuple(of_line(history.place, run.last) for run in done)
    since = done[0].last.entry.time if done else ""
    plane = Plane("identity", standing, since, evidence, remarks)
    return plane, _people(history, targets)


_WORST = (Standing.FAILED, Standing.UNDER_WAY, Standing.IN_PLACE)
T = TypeVar("T")


def _in_force(last: Mapping[str, T], targets: Sequence[str]) -> list[T]:
    """What is last of each target that the manifest names, in its order; else of any."""
    return [last[name] for name in targets if name in last] or list(last.values())


def _standing(last: Unit) -> tuple[Standing, tuple[Message, ...]]:
    if last.outcome is None:
        return Standing.FAILED, (Message("board.cut-off"),)
    if not last.ok:
        return Standing.FAILED, (Message("board.failed"),)
    if any(last.detail.get(word) for word in _REFUSED):
        return Standing.UNDER_WAY, (Message("board.not-all-accepted"),)
    return Standing.IN_PLACE, ()


def _people(history: History, targets: Sequence[str]) -> People:
    """From the last run that said whom it reached; not known where the partner refused accounts."""
    told = _in_force({line.entry.target: line for line in notes(history.lines, _REACHED)}, targets)
    if not told:
        return UNKNOWN, UNKNOWN, UNKNOWN
    line = told[0]
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
