"""Who did what in a country: the journals of all planes and the devices' records as one story."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.errors import DeviceError
from wasl.errors import WaslError
from wasl.history import History, read, units
from wasl.journal import Line
from wasl.manifest.country import Country
from wasl.messages import Language, say
from wasl.planes.devices.home import Home
from wasl.planes.facts import places
from wasl.report.text import printable
from wasl.result import Message

VERSION = 1
_SHORT = 12
_OUTCOMES = {"done": Message("board.log.ok")}


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the story. `result` is None for a note; `manifest` a digest, empty if not said."""

    time: str
    who: str
    plane: str
    what: str
    target: str
    result: Message | None
    manifest: str
    where: str
    digest: str

    def text(self, language: Language) -> str:
        """One line for people."""
        version = _say("manifest", language, digest=self.manifest[:_SHORT])
        known = version if self.manifest else _say("no-manifest", language)
        done = f"  {say(self.result, language)}" if self.result else ""
        return printable(
            f"{self.time[:19]}Z  {self.who:24} {self.plane:9} {self.what} {self.target}{done}"
            f"  ({known})"
        )

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; the result is a message's id and arguments."""
        return asdict(self)


def _say(name: str, language: Language, **arguments: object) -> str:
    said = {key: str(value) for key, value in arguments.items()}
    return say(Message(f"board.log.{name}", said), language)


@dataclass(frozen=True)
class Told:
    """The story, oldest first, and what of it could not be believed."""

    deeds: tuple[Deed, ...]
    problems: tuple[WaslError, ...]
    checked: tuple[Message, ...]

    def text(self, limit: int, language: Language) -> Iterator[str]:
        """The newest `limit` lines (0: all), and what was checked."""
        shown = self.deeds[-limit:] if limit else self.deeds
        if len(shown) < len(self.deeds):
            yield _say("earlier", language, count=len(self.deeds) - len(shown))
        for deed in shown:
            yield deed.text(language)
        for message in self.checked:
            yield say(message, language)
        if not (shown or self.checked or self.problems):
            yield _say("none", language)

    def as_json(self, limit: int) -> str:
        """`{"version", "deeds", "checked", "problems"}`."""
        shown = self.deeds[-limit:] if limit else self.deeds
        problems = [
            {"code": one.code, "what": one.what, "where": one.where} for one in self.problems
        ]
        record = {
            "version": VERSION,
            "deeds": [deed.as_json() for deed in shown],
            "checked": [asdict(message) for message in self.checked],
            "problems": problems,
        }
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def log(home: Path, country: Country, environ: Mapping[str, str], plane: str | None) -> Told:
    """Everything that is written of a country, or of one `plane` of it."""
    found = [place for place in places(home, country.code, environ) if plane in (None, place.plane)]
    histories = [read(place) for place in found]
    deeds = [deed for history in histories for deed in _deeds(history)]
    problems = [history.problem for history in histories if history.problem]
    checked = [_checked(one) for one in histories if one.lines or one.problem]
    if plane in (None, "devices"):
        recorded, broken, said = _records(home, country)
        deeds += recorded
        problems += broken
        checked += said
    return Told(tuple(sorted(deeds, key=_order)), tuple(problems), tuple(checked))


def _order(deed: Deed) -> str:
    """By time to the second: records have no more. Within one, a journal's lines stay in order."""
    return deed.time[:19]


def _checked(history: History) -> Message:
    said = {
        "place": history.place.name,
        "lines": str(len(history.lines)),
        "segments": str(len({line.segment for line in history.lines})),
    }
    return Message(f"board.log.{'breaks' if history.problem else 'holds'}", said)


def _deeds(history: History) -> Iterator[Deed]:
    """A note, or a unit's outcome; an intent without an outcome was cut off or still goes on."""
    ended = _ended(history.lines)
    for line in history.lines:
        entry = line.entry
        if entry.event == "intent" and line.digest in ended:
            continue
        result = None if entry.event == "note" else _result(line)
        where = f"{history.place.name}/{line.segment}:{line.number}"
        yield Deed(
            entry.time,
            entry.actor,
            history.place.plane,
            entry.verb,
            entry.target,
            result,
            entry.manifest,
            where,
            line.digest,
        )


def _ended(lines: tuple[Line, ...]) -> set[str]:
    """The digests of intents whose outcome is there."""
    return {unit.intent.digest for unit in units(lines) if unit.outcome}


def _result(line: Line) -> Message:
    entry = line.entry
    if entry.event == "intent":
        return Message("board.log.open")
    if entry.detail.get("result") == "ok":
        return Message("board.log.ok")
    return Message("board.log.failed", {"error": str(entry.detail.get("error", "?"))})


def _records(home: Path, country: Country) -> tuple[list[Deed], list[WaslError], list[Message]]:
    """The devices' records, each signed by the manifest's trust or, without keys, whole."""
    own = Home(home, country.code)
    files = sorted(own.records.glob("*/*.jsonl"))
    deeds: list[Deed] = []
    problems: list[WaslError] = []
    for file in files:
        try:
            deeds += [_recorded(home, entry) for entry in record.read(file)]
        except DeviceError as error:
            problems.append(_wrong(error, str(file.relative_to(home))))
    return deeds, problems + _unsigned(own, country), _said(own, country, home, files)


def _unsigned(own: Home, country: Country) -> list[WaslError]:
    if not country.devices.keys.signing or not any(own.records.glob("*/*.jsonl")):
        return []
    from wasl.planes.devices.records import check
    from wasl.planes.keyring import trusted

    trust = trusted(country.code, country.devices.keys, [own.statements])
    return [
        _wrong(one.problem, f"devices/{country.code}/records/{one.device}")
        for one in check([own.records], trust)
        if one.problem and one.problem.code != "WASL-RECORD-BROKEN"
    ]


def _said(own: Home, country: Country, home: Path, files: list[Path]) -> list[Message]:
    if not files:
        return []
    said = {"place": str(own.records.relative_to(home)), "files": str(len(files))}
    signed = "signed" if country.devices.keys.signing else "unsigned"
    return [Message(f"board.log.{signed}", said)]


def _recorded(home: Path, entry: record.Entry) -> Deed:
    body = entry.body
    place, _, number = entry.where.rpartition(":")
    return Deed(
        str(body["time"]),
        str(body["person"] or body["station"]),
        "devices",
        entry.stage,
        str(body["device"]),
        _OUTCOMES.get(entry.outcome, Message("board.log.failed", {"error": entry.outcome})),
        str(body["tool"].get("manifest", "")),
        f"{Path(place).relative_to(home)}:{number}",
        entry.digest,
    )


def _wrong(error: DeviceError, where: str) -> WaslError:
    what = say(Message(error.code, error.arguments))
    return WaslError(error.code, what, where=where, hint="wasl devices verify-record FILE")
