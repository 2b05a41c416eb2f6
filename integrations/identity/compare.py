"""Which records of two files differ, found without parsing those that do not.

Lines equal byte for byte hold equal records; only the others are parsed and compared by value. A
different way of quoting makes more work, never a different answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from integrations.identity.snapshot import Side
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import lines, records


def separate(store: Store, kind: str, desired: Side, held: Side, fields: Sequence[str]) -> int:
    """Make tables `want_<kind>` and `have_<kind>`: the records that may differ, by `fields`.

    Both sides have the same columns in the same order. Returns how many records are held.
    """
    store.run(
        "CREATE OR REPLACE TABLE held_lines AS"
        f" SELECT hash(line) AS h FROM {lines(held.path, held.newline)} WHERE line IS NOT NULL"
    )
    count = int(store.value("SELECT count(*) FROM held_lines"))
    store.run(
        "CREATE OR REPLACE TABLE wanted_lines AS SELECT hash(line) AS h,"
        " CASE WHEN hash(line) NOT IN (SELECT h FROM held_lines) THEN line END AS line"
        f" FROM {lines(desired.path, desired.newline)}"
    )
    store.run("DROP TABLE held_lines")
    new = "SELECT line FROM wanted_lines WHERE line IS NOT NULL"
    gone = (
        f"SELECT line FROM {lines(held.path, held.newline)}"
        " WHERE hash(line) NOT IN (SELECT h FROM wanted_lines)"
    )
    for table, query, side in (("want", new, desired), ("have", gone, held)):
        path = store.file(f"differ/{table}_{kind}.csv")
        _write_lines(store, query, path)
        _parse(store, f"{table}_{kind}", path, side, fields)
    store.run("DROP TABLE wanted_lines")
    return count


def _write_lines(store: Store, query: str, path: Path) -> None:
    """Lines as they stand: delimiter and quote are bytes that no line holds."""
    layout = "FORMAT csv, HEADER true, DELIMITER '\x01', QUOTE '\x02', ESCAPE '\x02'"
    store.run(f"COPY ({query}) TO {quoted(str(path))} ({layout})")


def _parse(store: Store, table: str, path: Path, side: Side, fields: Sequence[str]) -> None:
    columns = ", ".join(
        name(field) if field in side.columns else f"'' AS {name(field)}" for field in fields
    )
    store.run(
        f"CREATE OR REPLACE TABLE {table} AS SELECT {columns} FROM {records(path, side.columns)}"
    )
