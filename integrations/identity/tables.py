"""How the database reads CSV: strictly, all text, nothing guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from integrations.identity.store import name, quoted

LINE_LIMIT = 1 << 20
# A byte that no OneRoster file may hold, so that a whole line reads as one value.
_NEVER = "\x01"
_CONTROLS = re.compile("[\x00-\x1f]+")


def one_line(text: str) -> str:
    """Text as files of ours hold it: a line break, or what else no field may hold, is a blank."""
    return _CONTROLS.sub(" ", text)


def records(path: Path, columns: Sequence[str], newline: str = "\n") -> str:
    """A table function over the file's records, every column as text and never null."""
    types = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns)
    not_null = ", ".join(map(quoted, columns))
    return _read(
        path,
        f"delim=',', quote='\"', escape='\"', columns={{{types}}}",
        newline,
        not_null,
    )


def lines(path: Path, newline: str = "\n") -> str:
    """A table function over the file's lines, less the header: one column, `line`."""
    layout = f"delim={quoted(_NEVER)}, quote='', escape='', columns={{'line': 'VARCHAR'}}"
    return _read(path, layout, newline, "'line'")


def _read(path: Path, layout: str, newline: str, not_null: str) -> str:
    ends = "\\r\\n" if newline == "\r\n" else "\\n"
    return (
        f"read_csv({quoted(str(path))}, auto_detect=false, header=true, {layout},"
        f" new_line='{ends}', max_line_size={LINE_LIMIT}, force_not_null=[{not_null}])"
    )


TOUCHED = ("kind", "id", "since")
"""The columns of a snapshot's `touched`."""


def dated(column: str) -> str:
    """Whether a text begins with a date: a target may write nothing there, or `null` as a word."""
    return f"regexp_matches({column}, '^\\d{{4}}-\\d\\d-\\d\\d')"


SCHOOL = {
    "users": "orgSourcedIds",
    "classes": "schoolSourcedId",
    "enrollments": "schoolSourcedId",
    "courses": "orgSourcedId",
    "orgs": "sourcedId",
}
"""The column that says which school a record belongs to."""


def school_of(kind: str, columns: Sequence[str], prefix: str = "") -> str:
    """The expression for a record's school, for counts and guards; empty where nobody says."""
    value = schools_of(kind, columns, prefix)
    return first_of(value) if kind == "users" else value


def schools_of(kind: str, columns: Sequence[str], prefix: str = "") -> str:
    """The same, for all schools of a record as they stand there: a user may have several."""
    column = SCHOOL.get(kind, "")
    return prefix + name(column) if column in columns else "''"


def first_of(schools: str) -> str:
    """The expression for the school that counts: the first of a list."""
    return f"split_part({schools}, ',', 1)"
