"""What journals tell together: lines of all planes in time, and what each unit of work came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wasl.errors import WaslError
from wasl.journal import Line, Store, lines


@dataclass(frozen=True)
class Place:
    """A journal of one country: the plane it is of, and how people name where it lies."""

    plane: str
    name: str
    store: Store


@dataclass(frozen=True)
class History:
    """What could be read of a journal, and why no more where its chain is broken."""

    place: Place
    lines: tuple[Line, ...] = ()
    problem: WaslError | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of work: what was intended, and what came of it; `outcome` is None if cut off."""

    intent: Line
    outcome: Line | None

    @property
    def verb(self) -> str:
        return self.intent.entry.verb

    @property
    def target(self) -> str:
        return self.intent.entry.target

    @property
    def ok(self) -> bool:
        """Whether it ended, and well."""
        return self.outcome is not None and self.detail.get("result") == "ok"

    @property
    def detail(self) -> Mapping[str, Any]:
        """What its outcome says."""
        return self.outcome.entry.detail if self.outcome else {}

    @property
    def last(self) -> Line:
        """The line that says most of it."""
        return self.outcome or self.intent


def read(place: Place) -> History:
    """Read a journal as far as its chain holds; what is wrong after that is said, not raised."""
    found: list[Line] = []
    try:
        for line in lines(place.store):
            found.append(line)  # noqa: PERF402 - what came before a broken line is kept
    except WaslError as error:
        return History(place, tuple(found), error)
    except OSError as error:
        where = f"{place.name}: {error.strerror}"
        problem = WaslError(
            "WASL-JOURNAL-UNREADABLE",
            "the journal cannot be read",
            where=where,
            hint="make its folder one that you may read",
        )
        return History(place, tuple(found), problem)
    return History(place, tuple(found))


def units(found: Iterable[Line], *verbs: str) -> list[Unit]:
    """Intents and their outcomes, oldest first; of `verbs` alone if any are given."""
    begun: list[Line] = []
    ended: dict[str, Line] = {}
    waiting: dict[tuple[str, str, str], list[Line]] = {}
    for line in found:
        entry = line.entry
        if entry.event == "note" or (verbs and entry.verb not in verbs):
            continue
        waits = waiting.setdefault((entry.run, entry.verb, entry.target), [])
        if entry.event == "intent":
            begun.append(line)
            waits.append(line)
        elif waits:
            ended[waits.pop().digest] = line
    return [Unit(line, ended.get(line.digest)) for line in begun]


def notes(found: Iterable[Line], verb: str) -> list[Line]:
    """Notes of one verb, oldest first."""
    return [line for line in found if line.entry.event == "note" and line.entry.verb == verb]
