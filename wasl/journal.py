"""The journal: who did what, when, and how it ended; append-only and hash-chained.

A run writes one *segment*, kept beside what it is about (a stack's state, a device's stick), so
that laptops, CI runners and depots see one history. Each entry is a JSON line that holds the
SHA-256 of the line before it; a segment's first line holds the digest of the newest segment known
when the run began. Intent is written before a unit of work and its outcome after, by the
coordinator alone. No entry holds a secret or personal data.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from wasl.errors import WaslError

GENESIS = "0" * 64
_NAMED = "%Y%m%dT%H%M%S.%fZ"
_AT_ONCE = 16


class Store(Protocol):
    """Where segments live. Names sort by time; a segment is only ever written as a whole.

    It is read from several threads.
    """

    def names(self) -> list[str]:
        """All segment names, oldest first."""

    def read(self, name: str) -> bytes:
        """A segment's bytes."""

    def write(self, name: str, data: bytes) -> None:
        """Create or extend a segment durably: `data` is all of it."""


@dataclass(frozen=True)
class FolderStore:
    """Segments as files of a folder."""

    folder: Path

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.glob("*.jsonl"))

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        written = path.stat().st_size if path.exists() else 0
        with path.open("ab") as segment:
            segment.write(data[written:])
            segment.flush()
            os.fsync(segment.fileno())


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    time: str
    run: str
    actor: str
    event: str  # "intent", "outcome" or "note"
    verb: str
    target: str
    detail: Mapping[str, Any]
    previous: str
    manifest: str = ""
    """The digest of the manifest that the run went by; empty where it went by none."""

    def line(self) -> bytes:
        record = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(record, sort_keys=True, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as read back, and where it stands: segment, line from 1, SHA-256 of the line."""

    segment: str
    number: int
    digest: str
    entry: Entry


class Journal:
    """The segment of one run, which goes by the manifest of that digest."""

    def __init__(self, store: Store, manifest: str = "") -> None:
        self._store = store
        self._manifest = manifest
        names = store.names()
        self.run = f"{_begun(names):{_NAMED}}-{secrets.token_hex(3)}"
        self._actor = f"{getpass.getuser()}@{socket.gethostname()}"
        self._data = b""
        self._last = _tip(store, names)

    def note(self, verb: str, target: str, **detail: Any) -> None:
        """Write a fact that is no unit of work of its own."""
        self._append("note", verb, target, detail)

    @contextmanager
    def unit(self, verb: str, target: str, **detail: Any) -> Iterator[dict[str, Any]]:
        """Write intent, yield a dict that becomes the outcome's detail, write the outcome.

        An exception is journalled (its type and, for a `WaslError`, its code) and raised on.
        """
        self._append("intent", verb, target, detail)
        outcome: dict[str, Any] = {}
        try:
            yield outcome
        except BaseException as error:
            code = error.code if isinstance(error, WaslError) else type(error).__name__
            self._append("outcome", verb, target, {**outcome, "result": "failed", "error": code})
            raise
        self._append("outcome", verb, target, {"result": "ok", **outcome})

    def _append(self, event: str, verb: str, target: str, detail: Mapping[str, Any]) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        place = (event, verb, target)
        entry = Entry(time, self.run, self._actor, *place, detail, self._last, self._manifest)
        line = entry.line()
        self._data += line
        self._last = hashlib.sha256(line).hexdigest()
        self._store.write(f"{self.run}.jsonl", self._data)


def _begun(names: list[str]) -> datetime:
    """The time to name a new segment by: now, or just after the newest where its clock was fast."""
    now = datetime.now(UTC)
    try:
        newest = datetime.strptime(names[-1].rpartition("-")[0], _NAMED).replace(tzinfo=UTC)
    except (IndexError, ValueError):  # none, or none that a run named
        return now
    return max(now, newest + timedelta(microseconds=1))


def _tip(store: Store, names: list[str]) -> str:
    """The digest of the newest segment's last whole line."""
    whole = _whole(store.read(names[-1])) if names else []
    return whole[-1][1] if whole else GENESIS


def _whole(data: bytes) -> list[tuple[bytes, str]]:
    """A segment's lines and their digests, without a torn last one (a power cut)."""
    found = (line for line in data.splitlines(keepends=True) if line.endswith(b"\n"))
    return [(line, hashlib.sha256(line).hexdigest()) for line in found]


def entries(store: Store) -> Iterator[Entry]:
    """Every entry, oldest segment first; see `lines`."""
    return (line.entry for line in lines(store))


def lines(store: Store) -> Iterator[Line]:
    """Every line, oldest segment first, each segment's chain checked.

    A torn last line (a power cut) ends its segment. A segment may start from any line, since two
    laptops can begin from the same tip; from one of a segment that sorts after it too, which a
    clock that was fast has named. Raises `WaslError` (WASL-JOURNAL-BROKEN) where a line does not
    follow from the one before it.
    """
    names = store.names()
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # a bucket takes its time for each
        segments = [_whole(data) for data in pool.map(store.read, names)]
    known = {GENESIS} | {digest for segment in segments for _, digest in segment}
    for name, segment in zip(names, segments, strict=True):
        previous = ""
        for number, (line, digest) in enumerate(segment, 1):
            entry = _parse(line, name, number)
            follows = entry.previous in known if number == 1 else entry.previous == previous
            if not follows:
                raise _broken(name, number, "does not follow from the line before it")
            previous = digest
            yield Line(name, number, digest, entry)


def _parse(line: bytes, name: str, number: int) -> Entry:
    try:
        return Entry(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise _broken(name, number, "is no journal entry") from error


def _broken(name: str, number: int, why: str) -> WaslError:
    return WaslError(
        "WASL-JOURNAL-BROKEN",
        f"line {number} {why}: it was altered, or a segment is missing",
        where=f"{name}:{number}",
        hint="restore the segment from the state's versioned bucket or backup",
    )
