"""Scratch space and the database over it: private, bounded, and empty before and after.

Personal data may lie here in the clear while a command runs, never before and never after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from wasl.errors import WaslError
from wasl.scratch import private_folder

MEMORY = "600MB"
THREADS = 2


class DatabaseError(WaslError):
    """The database failed. Its own words quote rows, so they are never passed on."""

    def __init__(self, error: duckdb.Error) -> None:
        super().__init__(
            "WASL-IDENTITY-DATABASE",
            f"the scratch database failed: {type(error).__name__}",
            hint="check the free disk space; run it again",
        )


@dataclass(frozen=True)
class Store:
    """A folder that only its owner can enter, and a database in memory that spills into it."""

    folder: Path
    db: duckdb.DuckDBPyConnection

    def run(self, sql: str, *parameters: Any) -> duckdb.DuckDBPyConnection:
        """Run one statement. Raises `DatabaseError`."""
        try:
            return self.db.execute(sql, list(parameters) or None)
        except duckdb.Error as error:
            raise DatabaseError(error) from None

    def value(self, sql: str, *parameters: Any) -> Any:
        """The one value that a query returns; the query is at its end then."""
        try:
            rows = self.run(sql, *parameters).fetchall()
        except duckdb.Error as error:
            raise DatabaseError(error) from None
        return rows[0][0] if rows else None

    def column(self, sql: str) -> NDArray[Any]:
        """The one column that a query returns, as an array of its own."""
        try:
            (values,) = self.run(sql).fetchnumpy().values()
        except duckdb.Error as error:
            raise DatabaseError(error) from None
        return np.array(values)

    def rows(self, sql: str, *parameters: Any) -> Iterator[tuple[Any, ...]]:
        """A query's rows, a batch at a time, from a cursor of its own."""
        cursor = self.db.cursor()
        try:
            cursor.execute(sql, list(parameters) or None)
            while batch := cursor.fetchmany(4096):
                yield from batch
        except duckdb.Error as error:
            raise DatabaseError(error) from None
        finally:
            cursor.close()

    def file(self, name: str) -> Path:
        """A path in the scratch folder."""
        path = self.folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def close(self) -> None:
        """Release memory and files, whatever state the work is in."""
        self.db.close()


@contextmanager
def scratch(home: Path, *, memory: str = MEMORY, threads: int = THREADS) -> Iterator[Store]:
    """A store under `home`/scratch; leftovers of commands that no longer run are removed first."""
    with private_folder(home / "scratch", "run") as folder:
        store = Store(folder, _database(folder, memory, threads))
        try:
            yield store
        finally:
            store.close()


def _database(folder: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    spill = folder / "spill"
    spill.mkdir(mode=0o700)
    db = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": memory,
            "threads": threads,
            "temp_directory": str(spill),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    db.execute("SET enable_progress_bar = false")
    return db


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """An identifier, such as a column of a file."""
    return '"' + text.replace('"', '""') + '"'
