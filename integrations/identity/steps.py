"""The steps of planning one kind, each a statement over `want_<kind>` and `have_<kind>`.

`want` holds what the roster says, `have` what the target holds, both only where they may differ.
Every statement adds to the table `changes`.
"""

from __future__ import annotations

from collections.abc import Sequence

from integrations.identity.contract import Contract
from integrations.identity.snapshot import Side
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import records, school_of

_DIFFS = "STRUCT(f VARCHAR, b VARCHAR, a VARCHAR)[]"

TABLES = f"""
CREATE OR REPLACE TABLE changes (
    kind VARCHAR, action VARCHAR, id VARCHAR, rid VARCHAR, school VARCHAR, was VARCHAR,
    reason VARCHAR, matched VARCHAR, carried BOOLEAN, year_end BOOLEAN, diffs {_DIFFS});
CREATE OR REPLACE TABLE aliases (rid VARCHAR, tid VARCHAR, field VARCHAR);
CREATE OR REPLACE TABLE rejected (kind VARCHAR, id VARCHAR);
CREATE OR REPLACE TABLE withdrawn (kind VARCHAR, id VARCHAR);
CREATE OR REPLACE TABLE doubled (id VARCHAR);
CREATE OR REPLACE TABLE touched (kind VARCHAR, id VARCHAR, since VARCHAR);
"""

TODAY = "@today"
"""Stands for the day of applying in a change's `after`, so that a plan's hash outlives midnight."""


def pair(store: Store, kind: str, contract: Contract, held: Side) -> None:
    """Make `pairs`: who is whom. By sourcedId; users then by the contract's other identifiers."""
    store.run(
        'CREATE OR REPLACE TABLE pairs AS SELECT w."sourcedId" AS rid,'
        ' h."sourcedId" AS tid, CASE WHEN w."sourcedId" = h."sourcedId" THEN \'sourcedId\''
        f" ELSE '' END AS matched FROM want_{kind} w FULL JOIN have_{kind} h"
        ' ON w."sourcedId" = h."sourcedId"'
    )
    if kind != "users":
        return
    for field in contract.correlate:
        if field in contract.fields["users"]:
            _pair_by(store, field, held)


def _pair_by(store: Store, field: str, held: Side) -> None:
    """Pair what is left on both sides where the field's value stands once on each side."""
    column = name(field)
    alone = (
        "SELECT {side}, any_value(v) AS v FROM (SELECT {side}, {column} AS v FROM pairs JOIN"
        " {table} r ON r.\"sourcedId\" = {side} WHERE {other} IS NULL AND {column} <> '')"
        " GROUP BY {side}"
    )
    wanted = alone.format(side="rid", other="tid", column=column, table="want_users")
    had = alone.format(side="tid", other="rid", column=column, table="have_users")
    store.run(
        "CREATE OR REPLACE TABLE matches AS SELECT any_value(rid) AS rid,"
        f" any_value(tid) AS tid, v FROM ({wanted}) JOIN ({had}) USING (v)"
        " GROUP BY v HAVING count(*) = 1"
    )
    if not store.value("SELECT count(*) FROM matches"):
        return
    source = records(held.path, held.columns, held.newline)
    store.run(
        f"DELETE FROM matches WHERE v IN (SELECT {column} FROM {source} WHERE {column} IN"
        f" (SELECT v FROM matches) GROUP BY {column} HAVING count(*) > 1)"
    )
    store.run(f"INSERT INTO aliases SELECT rid, tid, {quoted(field)} FROM matches")
    store.run(
        "DELETE FROM pairs WHERE (tid IS NULL AND rid IN (SELECT rid FROM matches))"
        " OR (rid IS NULL AND tid IN (SELECT tid FROM matches))"
    )
    store.run(f"INSERT INTO pairs SELECT rid, tid, {quoted(field)} FROM matches")


def whose(store: Store, table: str, field: str, values: str, held: Side) -> None:
    """Add to `table` the target's people whom nobody is paired with, by the `values` of a field.

    To hold somebody too many does no harm; to withdraw, a value has to stand once on each side.
    """
    column = name(field)
    once = ""
    if table == "withdrawn":
        values = f"SELECT v FROM ({values}) GROUP BY v HAVING count(*) = 1"
        source = records(held.path, held.columns, held.newline)
        twice = f"SELECT {column} FROM {source} GROUP BY {column} HAVING count(*) > 1"
        once = f" AND {column} NOT IN ({twice})"
    store.run(
        f"INSERT INTO {table} SELECT 'users', tid FROM pairs JOIN have_users h"
        f" ON h.\"sourcedId\" = tid WHERE rid IS NULL AND {column} <> ''"
        f" AND {column} IN ({values}){once}"
    )


def _insert(columns: str, source: str) -> str:
    return f"INSERT INTO changes BY NAME SELECT {columns} FROM {source}"


def create(store: Store, kind: str, fields: Sequence[str]) -> None:
    """Records that only the roster has."""
    school = school_of(kind, fields, "w.")
    pairs = ", ".join(f"{{f: {quoted(f)}, b: '', a: w.{name(f)}}}" for f in fields)
    columns = (
        f"{quoted(kind)} AS kind, 'create' AS action, rid AS id, rid, {school} AS"
        " school, '' AS was, 'new' AS reason, '' AS matched, false AS carried, false AS year_end,"
        f" list_filter([{pairs}], lambda x: x.a <> '') AS diffs"
    )
    source = f'pairs JOIN want_{kind} w ON w."sourcedId" = rid WHERE tid IS NULL'
    store.run(_insert(columns, source))


def update(store: Store, kind: str, fields: Sequence[str]) -> None:
    """Records that both have, and that differ in some field of the contract."""
    school, was = school_of(kind, fields, "w."), school_of(kind, fields, "h.")
    pairs = ", ".join(
        f"{{f: {quoted(f)}, b: h.{name(f)}, a: w.{name(f)}}}" for f in fields if f != "sourcedId"
    )
    action, reason = "'update'", "'differs'"
    if kind == "users":
        moved = f"{school} <> {was}"
        off = (
            "w.\"enabledUser\" = 'false' AND h.\"enabledUser\" <> 'false'"
            if "enabledUser" in fields
            else "false"
        )
        action = f"CASE WHEN {off} THEN 'disable' WHEN {moved} THEN 'move' ELSE 'update' END"
        reason = f"CASE WHEN {off} THEN 'disabled' WHEN {moved} THEN 'moved' ELSE 'differs' END"
    columns = (
        f"{quoted(kind)} AS kind, {action} AS action, tid AS id, rid, {school} AS"
        f" school, {was} AS was, {reason} AS reason, matched, false AS carried,"
        f" false AS year_end, list_filter([{pairs}], lambda x: x.a <> x.b) AS diffs"
    )
    source = (
        f'pairs JOIN want_{kind} w ON w."sourcedId" = rid JOIN have_{kind} h ON h."sourcedId" = tid'
    )
    if len(fields) > 1:
        store.run(f"{_insert(columns, source)} WHERE len(diffs) > 0")


def leave(
    store: Store,
    kind: str,
    fields: Sequence[str],
    action: str,
    reason: str,
    diffs: str = "[]",
    year_end: str = "false",
) -> None:
    """Records that only the target has, by expressions for action, reason and what changes.

    Refused rows are held whatever the expressions say, and so are enrolments of people whose rows
    were refused: theirs were refused with them, and may be known by another id at the target.
    """
    was = school_of(kind, fields, "h.")
    refused = f"tid IN (SELECT id FROM rejected WHERE kind = {quoted(kind)})"
    if "userSourcedId" in fields:
        theirs = "h.\"userSourcedId\" IN (SELECT id FROM rejected WHERE kind = 'users')"
        refused = f"({refused} OR {theirs})"
    columns = (
        f"{quoted(kind)} AS kind, CASE WHEN {refused} THEN 'hold' ELSE {action} END AS action,"
        f" tid AS id, NULL AS rid, {was} AS school, {was} AS was,"
        f" CASE WHEN {refused} THEN 'rejected' WHEN tid IN (SELECT id FROM doubled) THEN 'double'"
        f" ELSE {reason} END AS reason, '' AS matched,"
        f" false AS carried, NOT ({refused}) AND {year_end} AS year_end,"
        f" CASE WHEN {refused} THEN [] ELSE {diffs} END::{_DIFFS} AS diffs"
    )
    store.run(
        _insert(
            columns,
            f'pairs JOIN have_{kind} h ON h."sourcedId" = tid WHERE rid IS NULL',
        )
    )


def only_withdrawn(store: Store, kind: str) -> None:
    """A delta speaks for what it names alone."""
    store.run(
        "DELETE FROM pairs WHERE rid IS NULL AND tid NOT IN"
        f" (SELECT id FROM withdrawn WHERE kind = {quoted(kind)})"
    )


def carry(store: Store) -> None:
    """Enrolments that a move between schools takes along belong to that one change."""
    if not store.value("SELECT count(*) FROM changes WHERE action = 'move'"):
        return
    moved = "SELECT id FROM changes WHERE kind = 'users' AND action = 'move'"
    for side, key in (("want", "rid"), ("have", "id")):
        store.run(
            f"UPDATE changes SET carried = true FROM {side}_enrollments e"
            " WHERE kind = 'enrollments' AND action IN ('create', 'disable', 'delete')"
            f' AND e."sourcedId" = changes.{key} AND e."userSourcedId" IN ({moved})'
        )
