"""What a row may hold, once as a condition of SQL and once as a sentence for people.

The first is for millions of rows: it only says that a row is suspect. The second reads the suspects
one at a time and says which column, why, and what to do. A test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

from integrations.identity.oneroster.columns import Column
from integrations.identity.oneroster.package import Mode
from integrations.identity.store import name, quoted

# What a spreadsheet would run as a formula when someone opens an export of it.
FORMULA = ("=", "+", "-", "@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PHONE = re.compile(r"\+?[0-9 ().-]*")
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
_ORDERED = (("startDate", "endDate"), ("beginDate", "endDate"))


def suspect(columns: Mapping[str, Column], mode: Mode, extensions: tuple[str, ...]) -> str:
    """A condition that holds for every row that breaks a rule."""
    conditions = [condition for column in columns.values() for condition in _sql(column, mode)]
    for extension in extensions:
        conditions += _sql(Column(extension), mode)
    for first, last in _ORDERED:
        if first in columns and last in columns:
            conditions.append(f"({name(last)} <> '' AND {name(first)} > {name(last)})")
    return "(" + " OR ".join(conditions) + ")"


def _sql(column: Column, mode: Mode) -> Iterator[str]:
    field = name(column.name)
    if column.name in ("status", "dateLastModified"):
        yield from _sql_status(column.name, mode)
        return
    if column.required:
        yield f"{field} = ''"
    if column.type == "enum":
        words = ", ".join(map(quoted, sorted(column.words)))
        empty = "" if column.required else f"{field} <> '' AND "
        yield f"({empty}{field} NOT IN ({words}) AND left({field}, 4) <> 'ext:')"
    elif column.type == "bool":
        yield f"{field} NOT IN ('true', 'false', '')"
    elif column.type == "date":
        yield f"({field} <> '' AND {_not_a_date(field)})"
    elif column.type == "year":
        yield f"(strlen({field}) <> 4 OR try_cast({field} AS USMALLINT) IS NULL)"
    else:
        yield f"strlen({field}) > {column.limit}"
        yield from _sql_formula(column, field)


def _sql_formula(column: Column, field: str) -> Iterator[str]:
    if column.type == "phone":
        yield f"({field} <> '' AND NOT regexp_full_match({field}, {quoted(_PHONE.pattern)}))"
    else:
        yield f"ord({field}) IN ({', '.join(str(ord(char)) for char in FORMULA)})"


def _sql_status(column: str, mode: Mode) -> Iterator[str]:
    if mode == "bulk":
        if column == "status":
            yield "status NOT IN ('', 'active')"
    elif column == "status":
        yield "status NOT IN ('active', 'tobedeleted')"
    else:
        yield f"NOT regexp_full_match({name(column)}, {quoted(_STAMP.pattern)})"


def _not_a_date(field: str) -> str:
    return (
        f"(strlen({field}) <> 10 OR {field}[5] <> '-' OR {field}[8] <> '-'"
        f" OR try_cast({field} AS DATE) IS NULL)"
    )


def broken(
    row: Mapping[str, str], columns: Mapping[str, Column], mode: Mode
) -> Iterator[tuple[str, str, str]]:
    """Every rule that `row` breaks: column, what is wrong, how it is mended."""
    for field, value in row.items():
        column = columns.get(field) or Column(field)
        if field in ("status", "dateLastModified"):
            yield from _broken_status(field, value, mode)
        else:
            wrong = _broken(column, value)
            if wrong:
                yield field, *wrong
    for first, last in _ORDERED:
        if row.get(last, "") and row.get(first, "") > row[last]:
            yield last, f"is before {first}", "put the dates in order"


def _broken(column: Column, value: str) -> tuple[str, str] | None:
    if _CONTROL.search(value):
        return "holds a line break, tab or control character", "remove it"
    if value == "":
        return ("is empty", "give it a value") if column.required else None
    if column.type == "enum":
        known = value in column.words or value.startswith("ext:")
        return None if known else ("is no word of the standard", _one_of(column.words))
    if column.type == "bool":
        return None if value in ("true", "false") else ("is neither true nor false", "true, false")
    if column.type == "date":
        return None if _is_date(value) else ("is no date", "write YYYY-MM-DD")
    if column.type == "year":
        ok = len(value) == 4 and value.isascii() and value.isdigit()
        return None if ok else ("is no year", "write YYYY")
    return _broken_text(column, value)


def _broken_text(column: Column, value: str) -> tuple[str, str] | None:
    if len(value.encode()) > column.limit:
        return f"is longer than {column.limit} bytes", "shorten it"
    if column.type == "phone":
        return None if _PHONE.fullmatch(value) else ("is no phone number", "digits, after a +")
    if value.startswith(FORMULA):
        return "begins like a spreadsheet's formula", f"remove the {value[0]} in front"
    return None


def _broken_status(field: str, value: str, mode: Mode) -> Iterator[tuple[str, str, str]]:
    if mode == "bulk":
        if field == "status" and value not in ("", "active"):
            yield (
                field,
                "must be blank in a bulk file",
                "blank it, or declare the file delta",
            )
    elif field == "status" and value not in ("active", "tobedeleted"):
        yield (
            field,
            "must be active or tobedeleted in a delta file",
            "write one of the two",
        )
    elif field == "dateLastModified" and not _STAMP.fullmatch(value):
        yield field, "is no time stamp", "write YYYY-MM-DDTHH:MM:SS.sssZ"


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _one_of(words: frozenset[str]) -> str:
    return "one of " + ", ".join(sorted(words))
