"""A ministry's own tables read by a map of columns: CSV or XLSX, Arabic headers, no Python.

A header is found in any spelling that folds the same. A map's value may put several columns
together: `{رقم المدرسة}-{الشعبة}`. The result is a OneRoster 1.1 package in scratch; problems in it
are told by the ministry's own file and row.
"""

from __future__ import annotations

import csv
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import ERROR_CODES

from integrations.identity.errors import Problem, RosterError, refused
from integrations.identity.oneroster.columns import header
from integrations.identity.oneroster.package import manifest
from integrations.identity.store import Store
from integrations.identity.tables import one_line
from wasl.language import GradeTable, fold
from wasl.manifest.identity import Sheet
from wasl.workbook import declares_types

ROWS = 5_000_000
CELL = 32_768
UNPACKED = 2 << 30
RATIO = 300
_PART = re.compile(r"\{([^{}]+)\}")


@dataclass
class Origins:
    """Which row of which of the ministry's files each line of the package came from."""

    starts: dict[str, list[int]] = field(default_factory=dict)
    places: dict[str, list[tuple[str, int]]] = field(default_factory=dict)

    def note(self, kind: str, line: int, file: str, row: int) -> None:
        """From `line` on, lines follow the rows of `file` from `row` on."""
        places, starts = self.places.setdefault(kind, []), self.starts.setdefault(kind, [])
        if starts and places[-1][0] == file and places[-1][1] + line - starts[-1] == row:
            return
        starts.append(line)
        places.append((file, row))

    def told(self, problem: Problem) -> Problem:
        """The same problem, by the ministry's file and row."""
        kind = problem.file.removesuffix(".csv")
        if not problem.line or kind not in self.starts:
            return problem
        index = bisect_right(self.starts[kind], problem.line) - 1
        file, row = self.places[kind][max(0, index)]
        line = row + problem.line - self.starts[kind][max(0, index)]
        return replace(problem, file=file, line=line)


@dataclass(frozen=True)
class Tables:
    """The package made of tables, and the grades nobody could read."""

    folder: Path
    origins: Origins
    unknown_grades: int


def read_tables(
    folder: Path, sheets: Sequence[Sheet], grades: GradeTable | None, store: Store
) -> Tables:
    """Write a OneRoster 1.1 package of the ministry's tables.

    Raises `RosterError` with every file, sheet and header that is missing.
    """
    _check_columns(sheets)
    maker = _Maker(folder, sheets, grades, store.file("tables/x").parent)
    for sheet in sheets:
        maker.add(sheet)
    return maker.finish()


def _check_columns(sheets: Sequence[Sheet]) -> None:
    problems = []
    for sheet in sheets:
        known = header("1.1", sheet.kind)
        for column in (*sheet.columns, *sheet.constants, *sheet.values):
            if column not in known and not column.startswith("metadata."):
                what = f"OneRoster's {sheet.kind} have no column {column}"
                problems.append(Problem("WASL-ROSTER-MAP", sheet.file, 0, column, what, "mend it"))
    if problems:
        raise RosterError(problems)


def _all_columns(sheets: Sequence[Sheet], kind: str) -> tuple[str, ...]:
    """The standard's columns, then every extension that a map to this kind names."""
    named = {
        name
        for sheet in sheets
        if sheet.kind == kind
        for name in (*sheet.columns, *sheet.constants)
    }
    extensions = {name for name in named if name.startswith("metadata.")}
    return (*header("1.1", kind), *sorted(extensions))


class _Maker:
    def __init__(
        self, source: Path, sheets: Sequence[Sheet], grades: GradeTable | None, folder: Path
    ) -> None:
        self.source, self.sheets, self.grades, self.folder = source, sheets, grades, folder
        self.origins = Origins()
        self.rows: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.unknown = 0
        self.seen: dict[str, set[tuple[str, ...]]] = {}
        self.columns = {sheet.kind: _all_columns(sheets, sheet.kind) for sheet in sheets}

    def add(self, sheet: Sheet) -> None:
        columns = self.columns[sheet.kind]
        path = self.folder / f"{sheet.kind}.csv"
        fresh = not path.exists()
        try:
            with path.open("a", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                if fresh:
                    writer.writerow(columns)
                self._copy(sheet, columns, writer)
        except RosterError as error:
            self.problems += error.problems

    def _copy(self, sheet: Sheet, columns: tuple[str, ...], writer: Any) -> None:
        rows = _rows(self.source, sheet)
        number, heads = next(rows, (0, []))
        index = {fold(head): place for place, head in reversed([*enumerate(heads)])}
        values = {column: _folded(words) for column, words in sheet.values.items()}
        makers = {column: self._finder(sheet, column, number, index) for column in sheet.columns}
        if any(maker is None for maker in makers.values()):
            return
        for number, cells in rows:
            if not any(cells):
                continue
            made = [self._value(sheet, column, cells, makers, values) for column in columns]
            if sheet.distinct and not self._first(sheet.kind, tuple(made)):
                continue
            self.rows[sheet.kind] = self.rows.get(sheet.kind, 1) + 1
            self.origins.note(sheet.kind, self.rows[sheet.kind], sheet.file, number)
            writer.writerow(made)

    def _first(self, kind: str, row: tuple[str, ...]) -> bool:
        seen = self.seen.setdefault(kind, set())
        before = len(seen)
        seen.add(row)
        return len(seen) > before

    def _finder(
        self, sheet: Sheet, column: str, number: int, index: Mapping[str, int]
    ) -> _Template | None:
        text = sheet.columns[column]
        names = _PART.findall(text) or [text]
        missing = [one for one in names if fold(one) not in index]
        for one in missing:
            what, mend = f"there is no column {one}", "mend the header, or the map in the manifest"
            problem = Problem("WASL-ROSTER-HEADER", sheet.file, number or 1, column, what, mend)
            self.problems.append(problem)
        if missing:
            return None
        return _Template(text, tuple((one, index[fold(one)]) for one in names))

    def _value(
        self,
        sheet: Sheet,
        column: str,
        cells: Sequence[str],
        makers: Mapping[str, _Template | None],
        values: Mapping[str, Mapping[str, str]],
    ) -> str:
        if column in sheet.constants:
            return sheet.constants[column]
        maker = makers.get(column)
        if maker is None:
            return ""
        value = maker.fill(cells)
        if column in values:
            return values[column].get(fold(value), value)
        return self._grade(value) if column == "grades" and value else value

    def _grade(self, label: str) -> str:
        grade = self.grades.find(label) if self.grades else None
        if self.grades and grade is None:
            self.unknown += 1
        return grade.code if grade else label

    def finish(self) -> Tables:
        if not self.problems:
            self.problems += self._empty()
        if self.problems:
            raise RosterError(self.problems)
        text = manifest("1.1", dict.fromkeys(self.rows, "bulk"))
        (self.folder / "manifest.csv").write_text(text, encoding="utf-8")
        return Tables(self.folder, self.origins, self.unknown)

    def _empty(self) -> Iterator[Problem]:
        """The tables of kinds without a row: left out silently, none would arrive."""
        mend = "fill it, or take it out of the map in the manifest"
        for sheet in self.sheets:
            if sheet.kind not in self.rows:
                yield Problem("WASL-ROSTER-HEADER", sheet.file, 0, "", "holds no rows", mend)


@dataclass(frozen=True)
class _Template:
    """One column's value, of one or several of the ministry's columns."""

    text: str
    places: tuple[tuple[str, int], ...]

    def fill(self, cells: Sequence[str]) -> str:
        found = [cells[place] if place < len(cells) else "" for _, place in self.places]
        if not _PART.search(self.text):
            return found[0]
        formulas = [one for one in found if one.startswith("=")]
        if formulas:  # to be refused as one, which in the middle of a value it would not be
            return formulas[0]
        if not all(found):
            return ""
        values = iter(found)
        return _PART.sub(lambda _: next(values), self.text)


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): meaning for word, meaning in words.items()}


def _rows(folder: Path, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers, the header first; cells as trimmed text."""
    path = folder / sheet.file
    inside = path.resolve().is_relative_to(folder.resolve())
    if not inside or not path.is_file() or path.is_symlink():
        raise refused("WASL-ROSTER-NONE", "is not there", sheet.file, "deliver it")
    if path.suffix.lower() == ".xlsx":
        yield from _xlsx(path, sheet)
    else:
        yield from _csv(path, sheet)


def _csv(path: Path, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    encoding = "utf-8-sig" if sheet.encoding == "utf-8" else "cp1256"
    try:
        with path.open(encoding=encoding, newline="") as stream:
            first = stream.readline()
            delimiter = max(",;\t", key=first.count)
            stream.seek(0)
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
            for row in reader:
                yield reader.line_num, [_text(cell) for cell in row]
    except UnicodeDecodeError as error:
        what = f"is not {sheet.encoding} text"
        raise refused("WASL-ROSTER-ENCODING", what, sheet.file, "set `encoding`") from error
    except csv.Error as error:
        what = "is no CSV: quotes do not close, or a field is too long"
        raise refused("WASL-ROSTER-ROW", what, sheet.file, "save it again as CSV") from error


def _xlsx(path: Path, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    _check_zip(path, sheet.file)
    with ExitStack() as books:
        page = _page(path, sheet, books, computed=True)
        rows = page.iter_rows(values_only=True)
        texts = (
            repeat(())
            if not _calculates(path)
            else _page(path, sheet, books, computed=False).iter_rows(values_only=True)
        )
        for number, (row, text) in enumerate(zip(rows, texts, strict=False), 1):
            if number > ROWS:
                raise refused("WASL-ROSTER-XLSX", f"has over {ROWS} rows", sheet.file, "split it")
            yield number, [_cell(_known(*both)) for both in zip_longest(row, text)]


def _page(path: Path, sheet: Sheet, books: ExitStack, *, computed: bool) -> Any:
    """The worksheet, its formulas' results or the formulas themselves."""
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=computed, keep_links=False)
    except Exception as error:  # openpyxl raises whatever it stumbles over
        what = f"is no workbook: {type(error).__name__}"
        raise refused("WASL-ROSTER-XLSX", what, sheet.file, "save it as .xlsx") from error
    books.callback(book.close)
    if sheet.sheet is not None and sheet.sheet not in book.sheetnames:
        what = f"has no sheet {sheet.sheet}"
        raise refused("WASL-ROSTER-XLSX", what, sheet.file, ", ".join(book.sheetnames))
    page = book[sheet.sheet] if sheet.sheet else book.worksheets[0]
    page.reset_dimensions()  # the size that the file gives may be an old one: rows beyond are lost
    return page


_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")


def _calculates(path: Path) -> bool:
    """Whether any worksheet has a formula; only then the workbook is read a second time."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("xl/worksheets/"):
                continue
            with archive.open(name) as stream:
                end = b""
                while chunk := stream.read(1 << 20):
                    if _FORMULA.search(end + chunk):
                        return True
                    end = chunk[-64:]
    return False


def _known(value: Any, text: Any) -> Any:
    """A cell's value. A formula that no program computed stands for itself, and is refused so:
    taken for empty, it would blank the field at the partner.
    """
    if value is None and text is not None:
        return text if isinstance(text, str) and text.startswith("=") else "="
    return value


def _check_zip(path: Path, file: str) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        what = "is no workbook"
        raise refused("WASL-ROSTER-XLSX", what, file, "save it as .xlsx") from error
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if total > UNPACKED or total > max(RATIO * packed, 1 << 24):
        raise refused("WASL-ROSTER-XLSX", "unpacks to far more than it is", file, "save it again")
    if part := declares_types(path):
        what = f"is no workbook: {part} declares a document type"
        raise refused("WASL-ROSTER-XLSX", what, file, "save it as .xlsx")


def _cell(value: Any) -> str:
    """A cell as text: dates as OneRoster writes them, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return _text(str(value))[:CELL]


def _text(text: str) -> str:
    """A cell's text. What a formula came to when it failed is refused as one, not taken for a name.

    A line break inside it would have every row after it told by the next one's number.
    """
    text = one_line(text).strip()
    return f"={text}" if text in ERROR_CODES else text
