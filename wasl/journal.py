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
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from wasl.errors import WaslError

GENESIS = "0" * 64


class Store(Protocol):
    """Where segments live. Names sort by time; a segment is only ever written as a whole."""

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
        now = datetime.now(UTC)
        self.run = f"{now:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(3)}"
        self._actor = f"{getpass.getuser()}@{socket.gethostname()}"
        self._data = b""
        self._last = _tip(store)

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


def _tip(store: Store) -> str:
    """The digest of the newest segment's last whole line."""
    names = store.names()
    if not names:
        return GENESIS
    lines = [line for line in store.read(names[-1]).splitlines(keepends=True) if line[-1:] == b"\n"]
    return hashlib.sha256(lines[-1]).hexdigest() if lines else GENESIS


def entries(store: Store) -> Iterator[Entry]:
    """Every entry, oldest segment first; see `lines`."""
    return (line.entry for line in lines(store))


def lines(store: Store) -> Iterator[Line]:
    """Every line, oldest segment first, each segment's chain checked.

    A torn last line (a power cut) ends its segment. A segment may start from any earlier line,
    since two laptops can begin from the same tip. Raises `WaslError` (WASL-JOURNAL-BROKEN) where
    a line does not follow from the one before it.
    """
    seen = {GENESIS}
    for name in store.names():
        previous = ""
        for number, line in enumerate(store.read(name).splitlines(keepends=True), 1):
            if not line.endswith(b"\n"):
                break
            entry = _parse(line, name, number)
            follows = entry.previous in seen if number == 1 else entry.previous == previous
            if not follows:
                raise _broken(name, number, "does not follow from the line before it")
            previous = hashlib.sha256(line).hexdigest()
            seen.add(previous)
            yield Line(name, number, previous, entry)


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
