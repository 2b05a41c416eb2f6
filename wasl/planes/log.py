"""Who did what in a country: the journals of all planes and the devices' records as one story."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.errors import DeviceError
from wasl.errors import WaslError
from wasl.history import History, read
from wasl.journal import Line
from wasl.manifest.country import Country
from wasl.messages import say
from wasl.planes.devices.home import Home
from wasl.planes.facts import places
from wasl.report.text import printable
from wasl.result import Message

VERSION = 1
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Deed:
    """A line of the story. `result` is empty for a note; `manifest` a digest, empty if not said."""

    time: str
    who: str
    plane: str
    what: str
    target: str
    result: str
    manifest: str
    where: str
    digest: str

    def text(self) -> str:
        """One line for people."""
        version = f"manifest {self.manifest[:_SHORT]}" if self.manifest else "manifest not recorded"
        done = f"  {self.result}" if self.result else ""
        return printable(
            f"{self.time[:19]}Z  {self.who:24} {self.plane:9} {self.what} {self.target}{done}"
            f"  ({version})"
        )


@dataclass(frozen=True)
class Told:
    """The story, oldest first, and what of it could not be believed."""

    deeds: tuple[Deed, ...]
    problems: tuple[WaslError, ...]
    checked: tuple[str, ...]

    def text(self, limit: int) -> Iterator[str]:
        """The newest `limit` lines (0: all), and what was checked."""
        shown = self.deeds[-limit:] if limit else self.deeds
        if len(shown) < len(self.deeds):
            yield f"({len(self.deeds) - len(shown)} earlier lines: --limit 0 shows all)"
        for deed in shown:
            yield deed.text()
        for line in self.checked:
            yield f"checked: {line}"

    def as_json(self, limit: int) -> str:
        """`{"version", "deeds", "checked", "problems"}`."""
        shown = self.deeds[-limit:] if limit else self.deeds
        problems = [
            {"code": one.code, "what": one.what, "where": one.where} for one in self.problems
        ]
        record = {
            "version": VERSION,
            "deeds": [asdict(deed) for deed in shown],
            "checked": list(self.checked),
            "problems": problems,
        }
        return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def log(home: Path, country: Country, environ: Mapping[str, str], plane: str | None) -> Told:
    """Everything that is written of a country, or of one `plane` of it."""
    found = [place for place in places(home, country.code, environ) if plane in (None, place.plane)]
    histories = [read(place) for place in found]
    deeds = [deed for history in histories for deed in _deeds(history)]
    problems = [history.problem for history in histories if history.problem]
    checked = [_checked(history) for history in histories if history.lines]
    if plane in (None, "devices"):
        recorded, broken, said = _records(home, country)
        deeds += recorded
        problems += broken
        checked += said
    return Told(tuple(sorted(deeds, key=_order)), tuple(problems), tuple(checked))


def _order(deed: Deed) -> tuple[str, str]:
    """By time to the second: records have no more."""
    return deed.time[:19], deed.where


def _checked(history: History) -> str:
    segments = len({line.segment for line in history.lines})
    holds = "holds until the line that is named below" if history.problem else "holds"
    return f"{history.place.name}: {len(history.lines)} lines in {segments} segments, chain {holds}"


def _deeds(history: History) -> Iterator[Deed]:
    """A note, or a unit's outcome; an intent without an outcome was cut off or still goes on."""
    ended = _ended(history.lines)
    for line in history.lines:
        entry = line.entry
        if entry.event == "intent" and line.digest in ended:
            continue
        result = "" if entry.event == "note" else _result(line)
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
    from wasl.history import units

    return {unit.intent.digest for unit in units(lines) if unit.outcome}


def _result(line: Line) -> str:
    entry = line.entry
    if entry.event == "intent":
        return "begun, no outcome: cut off, or still going on"
    if entry.detail.get("result") == "ok":
        return "ok"
    return f"failed: {entry.detail.get('error', '?')}"


def _records(home: Path, country: Country) -> tuple[list[Deed], list[WaslError], list[str]]:
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
    from wasl.planes.devices.keys import trusted
    from wasl.planes.devices.records import check

    trust = trusted(country.code, country.devices.keys, [own.statements])
    return [
        _wrong(one.problem, f"devices/{country.code}/records/{one.device}")
        for one in check([own.records], trust)
        if one.problem and one.problem.code != "WASL-RECORD-BROKEN"
    ]


def _said(own: Home, country: Country, home: Path, files: list[Path]) -> list[str]:
    if not files:
        return []
    signed = (
        "held to the manifest's key"
        if country.devices.keys.signing
        else ("not checked: the manifest names no key")
    )
    return [f"{own.records.relative_to(home)}: {len(files)} files, signatures {signed}"]


def _recorded(home: Path, entry: record.Entry) -> Deed:
    body = entry.body
    place, _, number = entry.where.rpartition(":")
    return Deed(
        str(body["time"]),
        str(body["person"] or body["station"]),
        "devices",
        entry.stage,
        str(body["device"]),
        entry.outcome,
        str(body["tool"].get("manifest", "")),
        f"{Path(place).relative_to(home)}:{number}",
        entry.digest,
    )


def _wrong(error: DeviceError, where: str) -> WaslError:
    what = say(Message(error.code, error.arguments))
    return WaslError(error.code, what, where=where, hint="wasl devices verify-record FILE")
