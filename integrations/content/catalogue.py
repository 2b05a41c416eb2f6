"""What was harvested, kept in one SQLite file a country: records, pages as they came, checkpoints.

A page's records and the checkpoint after it are written in one transaction, so that a killed
harvest goes on after the last whole page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from integrations.content.faults import Fault
from integrations.content.harvested import Harvested
from integrations.content.model import Resource, from_json, to_json
from wasl.errors import WaslError

_VERSION = 2
_WRITING = ("page_size=16384", "journal_mode=WAL", "wal_autocheckpoint=4000", "synchronous=NORMAL")
_SCHEMA = """
-- body: a page as it came; resources: what was read from it, null where a record is none (zstd).
CREATE TABLE IF NOT EXISTS page (
    id INTEGER PRIMARY KEY, feed TEXT NOT NULL, body BLOB NOT NULL, resources BLOB NOT NULL
);
-- With a rowid: SQLite would put each record of a clustered table into pages of its own.
CREATE TABLE IF NOT EXISTS record (
    feed TEXT NOT NULL, id TEXT NOT NULL, modified TEXT NOT NULL, deleted INTEGER NOT NULL,
    page INTEGER NOT NULL, position INTEGER NOT NULL, UNIQUE (feed, id)
);
CREATE TABLE IF NOT EXISTS feed (name TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    feed TEXT NOT NULL, place TEXT NOT NULL, code TEXT NOT NULL, arguments TEXT NOT NULL,
    seen TEXT NOT NULL, PRIMARY KEY (feed, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listed (feed TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (feed, id))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    feed TEXT NOT NULL, location TEXT NOT NULL, known TEXT NOT NULL, PRIMARY KEY (feed, location)
) WITHOUT ROWID;
"""
# A page's records in one statement: each of its own would let the other threads in between.
_UPSERT = """INSERT INTO record SELECT ?1, value->>0, value->>1, 0, ?2, value->>2
    FROM json_each(?3) WHERE true ON CONFLICT (feed, id) DO UPDATE SET
    modified=excluded.modified, deleted=excluded.deleted, page=excluded.page,
    position=excluded.position"""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that was set aside, and why."""

    feed: str
    place: str
    fault: Fault


class Catalogue:
    """One country's harvest, for one writer, or for any number of readers of a `frozen` file.

    A frozen file is one that nobody writes meanwhile, on any machine: it is read without the
    locks and the shared memory that SQLite would else need (a network's disk has neither).
    """

    def __init__(self, path: Path, *, frozen: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            where = f"{path.absolute().as_uri()}?{'immutable=1' if frozen else ''}"
            self._db = sqlite3.connect(where, isolation_level=None, uri=True)
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in ((_VERSION,) if frozen else (0, _VERSION)):
                raise sqlite3.DatabaseError(f"it is of version {version}")
            if not frozen:
                self._prepare()
        except sqlite3.Error as error:
            raise WaslError(
                "WASL-CONTENT-CATALOGUE",
                f"the local catalogue cannot be used: {error}",
                where=str(path),
                hint="move the file away: the next run harvests everything again",
            ) from error

    def _prepare(self) -> None:
        for setting in _WRITING:
            self._db.execute(f"PRAGMA {setting}")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. Raises `WaslError` (WASL-DISK-FULL) where the disk is."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            full = "full" in str(error)
            raise WaslError(
                "WASL-DISK-FULL" if full else "WASL-CONTENT-CATALOGUE",
                "the disk is full" if full else f"the local catalogue cannot be written: {error}",
                where=str(self.path),
                hint="make room and run the same command again: it goes on after the last page",
            ) from error

    # -- harvesting

    def state(self, feed: str) -> dict[str, Any]:
        """What the feed's harvester last wrote down; empty at first."""
        row = self._db.execute("SELECT state FROM feed WHERE name=?", (feed,)).fetchone()
        state: dict[str, Any] = json.loads(row[0]) if row else {}
        return state

    def set_state(self, feed: str, state: dict[str, Any]) -> None:
        """Write the checkpoint."""
        text = json.dumps(state, sort_keys=True)
        self._db.execute("INSERT OR REPLACE INTO feed VALUES (?,?)", (feed, text))

    def put(self, feed: str, items: Sequence[Harvested], body: bytes) -> None:
        """Write a page: its records in their order, and the page itself as it came (zstd).

        A withdrawal of what was never here leaves nothing; a fault leaves the record as it was.
        """
        good = [(number, item) for number, item in enumerate(items) if item.resource]
        gone = [(item.modified, feed, item.id) for item in items if item.deleted]
        if good:
            page = self._add_page(feed, items, body)
            rows = [(item.id, item.modified, number) for number, item in good]
            self._db.execute(_UPSERT, (feed, page, msgspec.json.encode(rows).decode()))
        self._db.executemany("UPDATE record SET modified=?, deleted=1 WHERE feed=? AND id=?", gone)
        if self._has_quarantined(feed):
            mended = [(feed, item.id) for item in items if not item.fault]
            self._db.executemany("DELETE FROM quarantine WHERE feed=? AND place=?", mended)
        faults = [_fault_row(feed, item) for item in items if item.fault]
        self._db.executemany("INSERT OR REPLACE INTO quarantine VALUES (?,?,?,?,?)", faults)

    def _add_page(self, feed: str, items: Sequence[Harvested], body: bytes) -> int:
        resources = compressed(to_json([item.resource for item in items]))
        cursor = self._db.execute(
            "INSERT INTO page (feed, body, resources) VALUES (?,?,?)", (feed, body, resources)
        )
        return int(cursor.lastrowid or 0)

    def _has_quarantined(self, feed: str) -> bool:
        found = self._db.execute("SELECT 1 FROM quarantine WHERE feed=? LIMIT 1", (feed,))
        return found.fetchone() is not None

    def clear_listed(self, feed: str) -> None:
        """Begin a sweep."""
        self._db.execute("DELETE FROM listed WHERE feed=?", (feed,))

    def add_listed(self, feed: str, ids: Iterable[str]) -> None:
        """Identifiers that the feed still has."""
        self._db.executemany(
            "INSERT OR IGNORE INTO listed VALUES (?,?)", ((feed, name) for name in ids)
        )

    def unlisted(self, feed: str) -> int:
        """How many records the sweep did not meet."""
        row = self._db.execute(_COUNT_UNLISTED, (feed,)).fetchone()
        return int(row[0])

    def withdraw_unlisted(self, feed: str) -> None:
        """What the sweep did not meet is withdrawn."""
        self._db.execute(_WITHDRAW_UNLISTED, (feed,))
        self.clear_listed(feed)

    def give_back_listed(self, feed: str) -> None:
        """What was withdrawn and the sweep met is there again, as it was: its page is kept."""
        self._db.execute(_GIVE_BACK_LISTED, (feed,))

    def forget_unused_pages(self, feed: str) -> None:
        """Drop pages whose every record came again since."""
        self._db.execute(
            "DELETE FROM page WHERE feed=?1 AND id NOT IN (SELECT page FROM record WHERE feed=?1)",
            (feed,),
        )

    # -- reading

    def resources(self, feeds: Iterable[str]) -> Iterator[Resource]:
        """Every resource that was not withdrawn, feed by feed in the order given, each by id."""
        for feed in feeds:
            yield from sorted(self._resources(feed), key=lambda resource: resource.id)

    def _resources(self, feed: str) -> Iterator[Resource]:
        cursor = self._db.execute(
            "SELECT page, position FROM record WHERE feed=? AND deleted=0 ORDER BY page", (feed,)
        )
        for page, rows in groupby(cursor, key=itemgetter(0)):
            found = self._db.execute("SELECT resources FROM page WHERE id=?", (page,)).fetchone()
            resources = from_json(zstandard.decompress(found[0]))
            for _page, position in rows:
                resource = resources[position]
                assert resource is not None
                yield resource

    def count(self, feed: str, *, deleted: bool = False) -> int:
        """How many records of the feed are here (or were withdrawn)."""
        row = self._db.execute(
            "SELECT count(*) FROM record WHERE feed=? AND deleted=?", (feed, int(deleted))
        ).fetchone()
        return int(row[0])

    def withdrawn(self, feeds: Iterable[str]) -> frozenset[str]:
        """The ids of withdrawn records."""
        found: set[str] = set()
        for feed in feeds:
            found.update(
                row[0]
                for row in self._db.execute(
                    "SELECT id FROM record WHERE feed=? AND deleted=1", (feed,)
                )
            )
        return frozenset(found)

    def original(self, feed: str, identifier: str) -> tuple[bytes, int]:
        """The page that a record came in, as it came, and the record's position in it."""
        row = self._db.execute(
            "SELECT body, position FROM record JOIN page ON page.id = record.page "
            "WHERE record.feed=? AND record.id=?",
            (feed, identifier),
        ).fetchone()
        if row is None:
            raise WaslError(
                "WASL-CONTENT-NO-RECORD", f"there is no record {identifier!r} of {feed}"
            )
        return zstandard.decompress(row[0]), int(row[1])

    def quarantine(self, feeds: Iterable[str]) -> list[Quarantined]:
        """What was set aside, and why."""
        found = []
        for feed in feeds:
            for place, code, arguments in self._db.execute(
                "SELECT place, code, arguments FROM quarantine WHERE feed=? ORDER BY place", (feed,)
            ):
                found.append(Quarantined(feed, place, Fault(code, json.loads(arguments))))
        return found

    def empty_quarantine(self, feed: str) -> None:
        """Forget a feed's quarantine, before all of the feed is read again."""
        self._db.execute("DELETE FROM quarantine WHERE feed=?", (feed,))

    # -- files

    def file(self, feed: str, location: str) -> str:
        """What the mirror wrote down of a file; empty at first."""
        row = self._db.execute(
            "SELECT known FROM file WHERE feed=? AND location=?", (feed, location)
        ).fetchone()
        return str(row[0]) if row else ""

    def set_file(self, feed: str, location: str, known: str) -> None:
        """Write down what the mirror knows of a file."""
        self._db.execute("INSERT OR REPLACE INTO file VALUES (?,?,?)", (feed, location, known))


_COUNT_UNLISTED = """SELECT count(*) FROM record
    WHERE feed=?1 AND deleted=0 AND id NOT IN (SELECT id FROM listed WHERE feed=?1)"""
_GIVE_BACK_LISTED = """UPDATE record SET deleted=0
    WHERE feed=?1 AND deleted=1 AND id IN (SELECT id FROM listed WHERE feed=?1)"""
_WITHDRAW_UNLISTED = """UPDATE record SET deleted=1
    WHERE feed=?1 AND deleted=0 AND id NOT IN (SELECT id FROM listed WHERE feed=?1)"""


def compressed(data: bytes) -> bytes:
    """As pages are kept: quickly, since each is written once and seldom read."""
    return zstandard.compress(data, level=1)


def _fault_row(feed: str, item: Harvested) -> tuple[str, ...]:
    assert item.fault is not None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    arguments = json.dumps(dict(item.fault.arguments), sort_keys=True)
    return (feed, item.id or "a record without an identifier", item.fault.code, arguments, now)
