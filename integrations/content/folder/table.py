"""The rows of a metadata table: CSV (UTF-8) or XLSX, headings in the first row.

A workbook's parts are looked through before it is opened: their sizes, and that none declares a
document type.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

from integrations.content.faults import Refused
from integrations.content.mirror.archives import Limits, looked_through
from wasl.errors import WaslError
from wasl.workbook import declares_types

NAMES = ("metadata.csv", "metadata.xlsx")
_LARGEST = 100_000_000
_LIMITS = Limits(entries=2_000, total=500_000_000, ratio=200, ratio_from=50_000_000)
_CELL = 20_000
csv.field_size_limit(_CELL)


def table_of(folder: Path) -> Path:
    """The folder's one table. Raises WASL-CONTENT-NO-TABLE where there is none, or two."""
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(found) != 1:
        raise WaslError(
            "WASL-CONTENT-NO-TABLE",
            "two tables of metadata" if found else "no table of metadata",
            where=str(folder),
            hint="put one file metadata.csv or metadata.xlsx there; its columns: "
            "id, file, title_ar, title_fr, title_en, language, licence, subject, level, …",
        )
    return found[0]


def rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row's number and its cells by heading. Raises `WaslError` for an unusable table."""
    try:
        if path.stat().st_size > _LARGEST:
            raise Refused("WASL-CONTENT-TOO-LARGE", url=path.name, limit=_LARGEST)
        lines = _workbook(path) if path.suffix == ".xlsx" else _csv(path)
        headings = [heading.strip().casefold() for heading in next(lines, [])]
        if "id" not in headings or len(set(filter(None, headings))) != len(
            [*filter(None, headings)]
        ):
            raise ValueError("the first row must name the columns, once each, and one of them id")
        for number, line in enumerate(lines, 2):
            cells = dict(zip(headings, line, strict=False))
            cells.pop("", None)
            if any(cells.values()):
                yield number, {name: value.strip() for name, value in cells.items()}
    except (
        OSError,
        ValueError,
        csv.Error,
        KeyError,
        Refused,
        zipfile.BadZipFile,
    ) as error:
        why = error.fault if isinstance(error, Refused) else error
        raise WaslError(
            "WASL-CONTENT-TABLE",
            f"the table of metadata cannot be read: {why}",
            where=str(path),
            hint="save it as CSV in UTF-8, or as XLSX, with headings in the first row",
        ) from error


def _csv(path: Path) -> Iterator[list[str]]:
    text = path.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _workbook(path: Path) -> Iterator[list[str]]:
    import openpyxl  # half a second, for those alone who have a workbook
    from openpyxl.utils.exceptions import InvalidFileException

    looked_through(path, _LIMITS)
    if part := declares_types(path):
        raise ValueError(f"it is no workbook: {part} declares a document type")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl speaks of styles it does not know
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        except (InvalidFileException, AttributeError, TypeError) as error:
            raise ValueError(f"it is no workbook: {error}") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the file's own word for its size may be a lie
        for row in sheet.iter_rows(values_only=True, max_col=100, max_row=1_000_000):
            yield ["" if cell is None else str(cell)[:_CELL] for cell in row]
    finally:
        book.close()
