"""A device's record: an entry a stage, signed by the station, each with the hash of the one before.

A station writes its own file, `<records>/<device>/<station>.jsonl`, so that records of several
stations merge by copying. A line is a signed document of kind `record` (see `signed`) in canonical
JSON. Its body holds `previous`, the SHA-256 of the line before it in the file; a file's first
entry names the newest line of another station's file known at the time, or 64 zeros.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import clock, signed
from .errors import DeviceError
from .files import append_line, medium_error, whole_lines
from .identity import Identity, Notice, recognise
from .signed import Document, SigningKey
from .trust import Signer, Trust

KIND = "record"
PENDING = "pending"  # what a stick still has to do: a kind of document, and its folder
GENESIS = "0" * 64
# `begun` is written before a disk is touched, so that a run which was killed is known; what is
# `refused` touched nothing.
Outcome = Literal["begun", "done", "failed", "refused"]
_TEXTS = ("country", "site", "device", "station", "previous", "time", "clock", "person", "stage")
_SHAPE: dict[str, type] = {
    **dict.fromkeys((*_TEXTS, "outcome"), str),
    **dict.fromkeys(("version", "number"), int),
    **dict.fromkeys(("identity", "evidence", "tool"), dict),
    "notices": list,
}
_NAME = re.compile(r"[0-9a-z-]{1,40}")


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage did to a device, as the controller saw it; evidence is plain JSON, no floats."""

    stage: str
    outcome: Outcome
    identity: Identity
    evidence: Mapping[str, Any]
    person: str = ""
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Station:
    """Who writes: a station's key, the certificate it has so far, its country and site."""

    key: SigningKey
    country: str
    site: str
    certificate: Document | None = None
    tool: Mapping[str, str] = field(default_factory=dict)

    @property
    def certified_since(self) -> str:
        """The certificate's first day, or nothing."""
        return str(self.certificate["body"]["since"]) if self.certificate else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as read back; `digest` is its line's."""

    body: Mapping[str, Any]
    document: Document
    digest: str
    where: str

    @property
    def stage(self) -> str:
        return str(self.body["stage"])

    @property
    def outcome(self) -> str:
        return str(self.body["outcome"])

    @property
    def identity(self) -> Identity:
        return Identity.from_json(self.body["identity"])


def append(records: Path, station: Station, work: Work) -> Entry:
    """Sign `work` and add it to the device's record; returns the entry as written.

    Raises WASL-DEVICE-NAMELESS, WASL-RECORD-BROKEN, WASL-MEDIUM-FULL, WASL-MEDIUM-GONE.
    """
    if not work.identity.is_enough:
        raise DeviceError("WASL-DEVICE-NAMELESS")
    with _alone(records):
        device, notices = recognise(work.identity, known_devices(records))
        own = records / device / f"{station.key.public.id}.jsonl"
        lines = [entry for path in _segments(records / device) for entry in read(path)]
        mine = [entry for entry in lines if entry.where.rsplit(":", 1)[0] == str(own)]
        newest = in_order(lines)[-1] if lines else None
        last = mine[-1] if mine else newest
        moment = clock.now()
        not_before = max(station.certified_since, str(newest.body["time"]) if newest else "")
        doubtful = clock.is_doubtful(moment, not_before)
        if doubtful:
            notices.append(Notice("WASL-CLOCK-WRONG", {"time": moment, "after": not_before}))
        body = {
            "version": 1,
            "country": station.country,
            "site": station.site,
            "device": device,
            "station": station.key.public.id,
            "number": len(mine) + 1,
            "previous": last.digest if last else GENESIS,
            "time": moment,
            "clock": "doubtful" if doubtful else "ok",
            "person": work.person,
            "stage": work.stage,
            "outcome": work.outcome,
            "identity": work.identity.as_json(),
            "evidence": dict(work.evidence),
            "notices": [notice.as_json() for notice in (*work.notices, *notices)],
            "tool": dict(station.tool),
        }
        document = signed.sign(KIND, body, station.key, station.certificate)
        line = signed.canonical(document) + b"\n"
        append_line(own, line)
    return Entry(body, document, hashlib.sha256(line).hexdigest(), f"{own}:{len(mine) + 1}")


def read(path: Path) -> list[Entry]:
    """A file's whole lines, their shape and chain checked; signatures are not.

    A torn last line (the power failed) was never an entry. Raises WASL-RECORD-BROKEN, and
    WASL-RECORD-UNREADABLE where there is no such file or the medium does not give it.
    """
    entries: list[Entry] = []
    with _reading(path):
        data = path.read_bytes()
    for number, line in enumerate(whole_lines(data).splitlines(keepends=True), 1):
        where = f"{path}:{number}"
        entries.append(_entry(line, where, number, entries))
    return entries


def device_of(path: Path) -> str:
    """The device that a file's first line is about; the rest is not looked at.

    Raises as `read` does, and WASL-RECORD-EMPTY.
    """
    with _reading(path), path.open("rb") as file:
        line = whole_lines(file.readline(signed.MAX_BYTES))
    if not line:
        raise DeviceError("WASL-RECORD-EMPTY", file=path)
    return str(_entry(line, f"{path}:1", 1, ()).body["device"])


def verify(paths: Iterable[Path], trust: Trust) -> list[tuple[Entry, Signer]]:
    """Every entry of one device's files with who signed it, once all of it holds.

    Raises WASL-RECORD-BROKEN, WASL-RECORD-PART (a file it builds on is not among `paths`),
    WASL-RECORD-FORK, WASL-RECORD-EMPTY and all that `Trust.check` raises.
    """
    paths = list(paths)
    files = [read(path) for path in paths]
    seen = {GENESIS} | {entry.digest for entries in files for entry in entries}
    result: list[tuple[Entry, Signer]] = []
    for path, entries in zip(paths, files, strict=True):
        if not entries:
            raise DeviceError("WASL-RECORD-EMPTY", file=path)
        for entry in entries:
            if entry.body["device"] != files[0][0].body["device"]:
                raise _broken(entry.where, "it is about another device")
            if entry.body["previous"] not in seen:
                raise DeviceError("WASL-RECORD-PART", file=entry.where)
            moment = str(entry.body["time"])
            _, signer = trust.check(entry.document, KIND, "record", moment, entry.where)
            if signer.key.id != entry.body["station"]:
                raise _broken(entry.where, "another key signed it than it names")
            result.append((entry, signer))
    _refuse_forks(files)
    order = {
        entry.digest: place for place, entry in enumerate(in_order(pair[0] for pair in result))
    }
    return sorted(result, key=lambda pair: order[pair[0].digest])


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Oldest first: by the chain, and by time only where chains of two stations run beside."""
    by_digest = {entry.digest: entry for entry in entries}
    keys: dict[str, tuple[str, int]] = {}

    def key(entry: Entry) -> tuple[str, int]:
        path = []
        while entry.digest not in keys:
            path.append(entry)
            before = by_digest.get(str(entry.body["previous"]))
            if before is None:
                break
            entry = before
        moment, depth = keys.get(entry.digest, ("", 0))
        for step in reversed(path):
            moment, depth = max(moment, str(step.body["time"])), depth + 1
            keys[step.digest] = moment, depth
        return moment, depth

    return sorted(by_digest.values(), key=key)


def known_devices(records: Path) -> dict[str, Identity]:
    """By number, every device recorded here as it looked last."""
    known: dict[str, tuple[str, Identity]] = {}
    for path in sorted(records.glob("*/*.jsonl")):
        line = _last_line(path)
        if not line:
            continue
        body = signed.parse(line, path).get("body", {})
        try:
            moment, identity = str(body["time"]), Identity.from_json(body["identity"])
        except (KeyError, TypeError) as error:
            raise _broken(str(path), f"it lacks {error}") from None
        if moment >= known.get(path.parent.name, ("", identity))[0]:
            known[path.parent.name] = moment, identity
    return {number: identity for number, (_, identity) in known.items()}


def merge(source: Path, records: Path) -> list[str]:
    """Bring another stick's or laptop's records in; returns the files that grew.

    Raises WASL-RECORD-FORK where two sticks with one key wrote different entries.
    """
    grown = []
    with _alone(records):
        for theirs in sorted(source.glob("*/*.jsonl")):
            if not _NAME.fullmatch(theirs.parent.name) or not _NAME.fullmatch(theirs.stem):
                raise _broken(str(theirs), "it is not named as a record")
            read(theirs)
            ours = records / theirs.parent.name / theirs.name
            new = whole_lines(theirs.read_bytes())
            old = whole_lines(ours.read_bytes()) if ours.exists() else b""
            if not new.startswith(old) and not old.startswith(new):
                raise DeviceError("WASL-RECORD-FORK", file=theirs, other=ours)
            for line in new[len(old) :].splitlines(keepends=True):
                append_line(ours, line)
            if len(new) > len(old):
                grown.append(f"{theirs.parent.name}/{theirs.name}")
    return grown


def _entry(line: bytes, where: str, number: int, before: Sequence[Entry]) -> Entry:
    document = signed.parse(line, where)
    if signed.canonical(document) + b"\n" != line:
        raise _broken(where, "it is not spelt as it was signed")
    body = document.get("body")
    if not isinstance(body, dict) or {name: type(body.get(name)) for name in _SHAPE} != _SHAPE:
        raise _broken(where, "it lacks what every entry has")
    if number > 1 and body["previous"] != before[-1].digest:
        raise _broken(where, "it does not follow from the line before it")
    if body["version"] != 1 or body["number"] != number:
        raise _broken(where, "it is not numbered as it stands")
    try:
        Identity.from_json(body["identity"])
    except (KeyError, TypeError) as error:
        raise _broken(where, f"it lacks {error}") from None
    return Entry(body, document, hashlib.sha256(line).hexdigest(), where)


def _refuse_forks(files: Sequence[Sequence[Entry]]) -> None:
    """The same key may not have written two first entries: that is a copied stick."""
    first: dict[str, Entry] = {}
    for entries in files:
        entry = entries[0]
        other = first.setdefault(str(entry.body["station"]), entry)
        if other.digest != entry.digest:
            raise DeviceError("WASL-RECORD-FORK", file=entry.where, other=other.where)


def _last_line(path: Path) -> bytes:
    """The last whole line, read from the end: there may be thousands of files."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        span = 16 << 10
        while True:
            start = max(size - span, 0)
            file.seek(start)
            lines = whole_lines(file.read()).splitlines(keepends=True)
            if len(lines) > 1 or start == 0:
                return lines[-1] if lines else b""
            span *= 4


def _segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.jsonl"))


@contextmanager
def _alone(records: Path) -> Iterator[None]:
    """One writer at a time: several devices are prepared at once."""
    try:
        records.mkdir(parents=True, exist_ok=True)
        with open(records / ".lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise medium_error(error, records) from error


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise DeviceError("WASL-RECORD-UNREADABLE", file=str(path), reason=reason) from error


def _broken(where: str, why: str) -> DeviceError:
    return DeviceError("WASL-RECORD-BROKEN", file=where, reason=why)
