"""A file read one line at a time, when the fast way found it suspect: problems by line and column.

Rows that keep the rules are written on, in canonical CSV; the others go, byte for byte but for
passwords, to the rejects. Slow on purpose: it runs for files that have something wrong with them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from integrations.identity.errors import Problem, refused
from integrations.identity.inspect import BOM
from integrations.identity.oneroster.columns import COLUMNS, TEXT_LIMIT, Column, Version
from integrations.identity.oneroster.package import RosterFile
from integrations.identity.rules import broken
from integrations.identity.tables import one_line

LINE_LIMIT = 1 << 20
PROBLEMS = 10_000

Mend = tuple[str, str, str]


@dataclass
class Reading:
    """What a careful reading found. `unnamed` counts rejected rows without a sourcedId."""

    problems: list[Problem] = field(default_factory=list)
    rejected: int = 0
    unnamed: int = 0
    kept: int = 0
    total: int = 0


@dataclass(frozen=True)
class Suspects:
    """What only the whole roster shows: ids that stand twice, and references to nothing."""

    twice: Collection[str] = frozenset()
    dangling: Mapping[str, Collection[str]] = field(default_factory=dict)


def read_carefully(
    file: RosterFile,
    version: Version,
    clean: Path,
    suspects: Suspects,
    refused_rows: Path,
    reject: Callable[[bytes], None],
) -> Reading:
    """Write the rows of `file` that keep every rule to `clean`; pass the others to `reject`.

    `refused_rows` gets them too, for whoever has to know whose they are.

    Raises `RosterError` where most lines are not UTF-8: then the file is, not its rows.
    """
    columns = {column.name: column for column in COLUMNS[version][file.kind]}
    reading = Reading()
    not_utf8 = 0
    with (
        file.path.open("rb") as source,
        clean.open("w", encoding="utf-8", newline="") as target,
        refused_rows.open("w", encoding="utf-8", newline="") as aside,
    ):
        writer, put_aside = (csv.writer(one, lineterminator="\n") for one in (target, aside))
        writer.writerow(file.columns)
        put_aside.writerow(file.columns)
        source.readline(LINE_LIMIT)
        for number, raw in _lines(source):
            row, wrong = _row(raw, file.columns)
            not_utf8 += bool(wrong and wrong[0][1] == _NOT_UTF8)
            if not wrong:
                wrong = [*_wrong(row, columns, file, suspects)]
            if wrong:
                _reject(reading, file, number, row, wrong)
                put_aside.writerows(_known(row, file.columns))
                reject(_without_password(raw, number, row, wrong, file.columns))
            else:
                reading.kept += 1
                writer.writerow(row.values())
            reading.total += 1
    if not_utf8 > max(2, reading.total // 2):
        raise _other_encoding(file)
    return reading


def _lines(source: io.BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers; what is longer than the limit is cut, and read past."""
    number = 1
    while raw := source.readline(LINE_LIMIT):
        number += 1
        rest = raw
        while len(rest) == LINE_LIMIT and not rest.endswith(b"\n"):
            rest = source.readline(LINE_LIMIT)
        if raw.strip(b"\r\n"):
            yield number, raw


_NOT_UTF8 = "is not UTF-8 text"


def _row(raw: bytes, names: tuple[str, ...]) -> tuple[dict[str, str], list[Mend]]:
    if len(raw) >= LINE_LIMIT:
        return {}, [("", f"is longer than {LINE_LIMIT >> 20} MiB", "shorten its fields")]
    try:
        text = raw.decode("utf-8").rstrip("\n").removesuffix("\r")
    except UnicodeDecodeError as error:
        column = raw[: error.start].count(b",")
        where = names[column] if column < len(names) else ""
        return {}, [(where, _NOT_UTF8, "save the file as UTF-8")]
    try:
        values = next(csv.reader([text], strict=True), [])
    except csv.Error:
        mend = "close the quotes, and keep each record on one line"
        return {}, [("", "has quotes that do not close, or a line break inside", mend)]
    if len(values) != len(names):
        what = f"has {len(values)} values where the header has {len(names)} columns"
        row = {"sourcedId": values[0]} if values else {}
        row |= {str(place): value for place, value in enumerate(values)}
        return row, [("", what, "quote values that hold commas")]
    return dict(zip(names, values, strict=True)), []


def _wrong(
    row: Mapping[str, str],
    columns: Mapping[str, Column],
    file: RosterFile,
    suspects: Suspects,
) -> Iterator[Mend]:
    yield from broken(row, columns, file.mode)
    if row["sourcedId"] in suspects.twice:
        yield (
            "sourcedId",
            "stands in this file more than once",
            "give each record its own",
        )
    for name, missing in suspects.dangling.items():
        column = columns[name]
        values = row[name].split(",") if column.type == "ids" else [row[name]]
        if any(value in missing for value in values):
            refers = column.refers
            yield (
                name,
                f"refers to no record of {refers}.csv",
                f"add it to {refers}.csv, or blank it",
            )


def _reject(
    reading: Reading,
    file: RosterFile,
    number: int,
    row: dict[str, str],
    wrong: list[Mend],
) -> None:
    reading.rejected += 1
    key = row.get("sourcedId", "")
    reading.unnamed += not key or key.startswith("=")  # a formula: whose row it is nobody knows
    for column, what, mend in wrong:
        if len(reading.problems) < PROBLEMS:
            problem = Problem("WASL-ROSTER-ROW", file.name, number, column, what, mend)
            reading.problems.append(problem)


def _known(row: Mapping[str, str], names: tuple[str, ...]) -> Iterator[list[str]]:
    """What a refused row may be known by, as rows. Where nobody knows which of its values stands
    for what, each may stand for anything.
    """
    values = [one_line(value)[:TEXT_LIMIT] for value in row.values()]
    if tuple(row) == names:
        yield values
    else:
        yield from ([value] * len(names) for value in values)


def _without_password(
    raw: bytes, number: int, row: Mapping[str, str], wrong: list[Mend], columns: tuple[str, ...]
) -> bytes:
    """The line as it may be kept: nobody may read a password, not even in a row that was refused.

    Of a line that could not be taken apart nobody knows where its password is.
    """
    if "password" not in columns or row.get("password") == "":
        return raw
    if "password" not in row:
        return f"# line {number} {wrong[0][1]}: left out, for it may hold a password\n".encode()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow({**row, "password": ""}.values())
    return text.getvalue().encode()


def _other_encoding(file: RosterFile) -> Exception:
    sample = file.path.read_bytes()[:65536].removeprefix(BOM)
    arabic = sum("\u0621" <= char <= "\u064a" for char in sample.decode("cp1256", "replace"))
    looks = "looks like Windows-1256" if arabic * 20 > len(sample) else "is not UTF-8"
    mend = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
    return refused("WASL-ROSTER-ENCODING", looks, file.name, mend)
