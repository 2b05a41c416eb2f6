"""A ministry's own tables: CSV and XLSX with Arabic headers, by a map in the manifest."""

from __future__ import annotations

import csv
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from integrations.identity.errors import Problem, RosterError
from integrations.identity.spreadsheet import read_tables
from integrations.identity.store import scratch
from tests.identity.conftest import World
from wasl.language import grade_table
from wasl.manifest.identity import Sheet

PUPILS = [
    ["رقم الطالب", "الاسم الأول", "اسم العائلة", "الصف", "الشعبة", "رقم المدرسة"],
    ["9001", "محمد", "الخطيب", "الصف السابع الأساسي", "أ", "s1"],
    [9002.0, "فاطمة", "حداد", "٧", "أ", "s1"],
    [None, None, None, None, None, None],
    ["9003", "=cmd()", "علي", "الصف الثامن الأساسي", "ب", "s1"],
]
SCHOOLS = [["الرقم", "الاسم", "النوع"], ["s1", "مدرسة النور", "مدرسة"]]

MAP = """
  source:
    kind: spreadsheet
    sheets:
      - file: schools.csv
        kind: orgs
        columns: {sourcedId: الرقم, name: الاسم, type: النوع}
        values: {type: {مدرسه: school}}
        encoding: windows-1256
      - file: pupils.xlsx
        sheet: الطلاب
        kind: users
        columns:
          sourcedId: رقم الطالب
          username: "u{رقم الطالب}"
          givenName: الاسم الاول
          familyName: اسم العائله
          grades: الصف
          orgSourcedIds: رقم المدرسة
        constants: {enabledUser: "true", role: student}
"""


def _deliver(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "schools.csv").open("w", encoding="cp1256", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(SCHOOLS)
    book = openpyxl.Workbook()
    book.active.title = "أخرى"  # type: ignore[union-attr]
    page = book.create_sheet("الطلاب")
    for row in PUPILS:
        page.append(row)
    page["B5"].data_type = "s"
    book.save(folder / "pupils.xlsx")
    return folder


def test_tables_reach_the_partner_and_problems_are_told_by_the_ministry_s_own_rows(
    world: World,
) -> None:
    world.manifest(("\n  source:\n    kind: oneroster\n", MAP))
    folder = _deliver(world.root / "tables")
    status, said = world.wasl("apply", "jo", "--roster", folder, "--yes")
    assert status == 0, said
    assert "pupils.xlsx:5 givenName begins like a spreadsheet's formula" in said
    wire = world.partner.wire.read_text("utf-8")
    assert "مدرسة النور" in wire
    assert '"grades": ["7"]' in wire or '"grades":["7"]' in wire
    assert "9002" in wire
    assert "9002.0" not in wire
    assert "9003" not in wire


def _sheet(**changes: object) -> Sheet:
    values: dict[str, object] = {
        "file": "t.csv",
        "kind": "classes",
        "columns": {"sourcedId": "{المدرسة}-{الشعبة}", "title": "الشعبة"},
        **changes,
    }
    return Sheet(**values)  # type: ignore[arg-type]


def _read(tmp_path: Path, text: str, sheet: Sheet) -> list[dict[str, str]]:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with scratch(tmp_path / "home") as store:
        tables = read_tables(tmp_path, [sheet], grade_table("jo", date(2026, 9, 1)), store)
        with (tables.folder / f"{sheet.kind}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))


def test_several_columns_make_one_value_and_equal_rows_one_record(tmp_path: Path) -> None:
    text = "المدرسة,الشعبة\ns1,أ\ns1,أ\ns1,ب\n"
    rows = _read(tmp_path, text, _sheet(distinct=True))
    assert [(row["sourcedId"], row["title"]) for row in rows] == [("s1-أ", "أ"), ("s1-ب", "ب")]


def test_tables_of_one_kind_keep_each_other_s_extension_columns(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("المدرسة;الشعبة;المقاعد\ns2;أ;30\n", encoding="utf-8")
    (tmp_path / "t.csv").write_text("المدرسة\tالشعبة\ns1\tأ\n", encoding="utf-8")
    own = {**_sheet().columns, "metadata.seats": "المقاعد"}
    sheets = [_sheet(constants={"metadata.shift": "2"}), _sheet(file="u.csv", columns=own)]
    with scratch(tmp_path / "home") as store:
        tables = read_tables(tmp_path, sheets, None, store)
        with (tables.folder / "classes.csv").open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    assert [(row["sourcedId"], row["metadata.seats"], row["metadata.shift"]) for row in rows] == [
        ("s1-أ", "", "2"),
        ("s2-أ", "30", ""),
    ]


def test_a_workbook_s_dates_and_numbers_are_written_as_oneroster_writes_them(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["الرقم", "من", "إلى", "السنة"])
    page.append([7.0, datetime(2026, 8, 23, 9), date(2027, 6, 17), 2027])
    book.save(tmp_path / "t.xlsx")
    names = {"sourcedId": "الرقم", "startDate": "من", "endDate": "الى", "schoolYear": "السنة"}
    sheet = _sheet(file="t.xlsx", kind="academicSessions", columns=names)
    (row,) = _read(tmp_path, "", sheet)
    assert [row[name] for name in names] == ["7", "2026-08-23", "2027-06-17", "2027"]


def test_a_formula_that_no_program_computed_is_not_taken_for_empty(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["المدرسة", "الشعبة", "الموقع", "الرمز"])
    page.append(["s1", "أ", None, "1"])
    page.append(["s1", "ب", '=CONCATENATE("غرفة ", 2)', "2"])
    page.append(['="s" & 1', "ج", None, "3"])
    book.save(tmp_path / "t.xlsx")
    names = {**_sheet().columns, "location": "الموقع", "classCode": "الرمز"}
    rows = _read(tmp_path, "", _sheet(file="t.xlsx", columns=names))
    assert [row["classCode"] for row in rows] == ["1", "2", "3"]
    assert [row["location"] for row in rows] == ["", '=CONCATENATE("غرفة ", 2)', ""]
    assert [row["sourcedId"] for row in rows] == ["s1-أ", "s1-ب", '="s" & 1']


def test_rows_beyond_the_size_that_a_workbook_gives_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    for row in (["المدرسة", "الشعبة"], ["s1", "أ"], ["s1", "ب"], ["s1", "ج"]):
        page.append(row)
    book.save(tmp_path / "now.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "now.xlsx") as now,
        zipfile.ZipFile(tmp_path / "t.xlsx", "w") as earlier,
    ):
        for item in now.namelist():
            data = now.read(item)
            assert item != "xl/worksheets/sheet1.xml" or b'ref="A1:B4"' in data
            earlier.writestr(item, data.replace(b'ref="A1:B4"', b'ref="A1:A2"'))
    rows = _read(tmp_path, "", _sheet(file="t.xlsx"))
    assert [row["sourcedId"] for row in rows] == ["s1-أ", "s1-ب", "s1-ج"]


def test_a_table_without_rows_is_no_roster_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("ر\n\n", encoding="utf-8")
    sheets = [_sheet(), _sheet(file="u.csv", kind="users", columns={"sourcedId": "ر"})]
    (tmp_path / "t.csv").write_text("المدرسة,الشعبة\ns1,أ\n", encoding="utf-8")
    with scratch(tmp_path / "home") as store, pytest.raises(RosterError) as caught:
        read_tables(tmp_path, sheets, None, store)
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == ("u.csv", "holds no rows")


@pytest.mark.parametrize("file", ["t.csv", "t.xlsx"])
def test_what_a_failed_formula_came_to_is_nobody_s_name(tmp_path: Path, file: str) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    rows = [["المدرسة", "الشعبة"], ["s1", "#N/A"], ["s2", "#REF!"], ["s3", "#1"]]
    for row in rows:
        page.append(row)
    assert page["B2"].data_type == "e"
    book.save(tmp_path / "t.xlsx")
    text = "\n".join(map(",".join, rows))
    found = _read(tmp_path, text, _sheet(file=file))
    assert [row["title"] for row in found] == ["=#N/A", "=#REF!", "#1"]
    assert found[0]["sourcedId"] == "=#N/A"


@pytest.mark.parametrize("file", ["t.csv", "t.xlsx"])
def test_a_line_break_inside_a_cell_leaves_every_row_its_number(tmp_path: Path, file: str) -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    rows = [["المدرسة", "الشعبة"], ["007", "أ\nب"], ["008", "=1+1"]]
    for row in rows:
        page.append(row)
    page["B3"].data_type = "s"
    book.save(tmp_path / "t.xlsx")
    with (tmp_path / "t.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    with scratch(tmp_path / "home") as store:
        tables = read_tables(tmp_path, [_sheet(file=file)], None, store)
        text = (tables.folder / "classes.csv").read_text("utf-8")
    assert len(text.splitlines()) == 3
    assert "007-أ ب" in text
    told = tables.origins.told(Problem("", "classes.csv", 3, "", "", ""))
    assert (told.file, told.line) == (file, 3 if file == "t.xlsx" else 4)


def test_grades_that_no_table_has_are_counted_and_kept(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("ر,ص\n1,الصف السابع الأساسي\n2,غير معروف\n", encoding="utf-8")
    sheet = _sheet(kind="users", columns={"sourcedId": "ر", "grades": "ص"})
    with scratch(tmp_path / "home") as store:
        tables = read_tables(tmp_path, [sheet], grade_table("jo", date(2026, 9, 1)), store)
        with (tables.folder / "users.csv").open(encoding="utf-8", newline="") as stream:
            grades = [row["grades"] for row in csv.DictReader(stream)]
    assert tables.unknown_grades == 1
    assert grades == ["7", "غير معروف"]


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "t.xlsx")
    with pytest.raises(RosterError, match="has no sheet الطلاب") as caught:
        _read(tmp_path, "", _sheet(file="t.xlsx", sheet="الطلاب"))
    assert "Sheet" in caught.value.problems[0].mend


def test_missing_headers_are_told_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(RosterError) as caught:
        _read(tmp_path, "x,y\n1,2\n", _sheet())
    assert {problem.column for problem in caught.value.problems} == {"sourcedId", "title"}
    assert "المدرسة" in str(caught.value)


def test_a_map_to_a_column_that_oneroster_has_not(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="have no column shoeSize"):
        _read(tmp_path, "x\n1\n", _sheet(columns={"shoeSize": "x"}))


def test_a_file_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="is not there"):
        _read(tmp_path, "x\n", _sheet(file="../../etc/passwd"))


def test_the_wrong_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_bytes("المدرسة,الشعبة\n".encode("cp1256"))
    with pytest.raises(RosterError, match="is not utf-8 text"):
        _read(tmp_path, "", _sheet(file="u.csv"))


def test_workbooks_that_mean_harm(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (64 << 20))
    with pytest.raises(RosterError, match="unpacks to far more"):
        _read(tmp_path, "", _sheet(file="bomb.xlsx"))
    good = tmp_path / "good.xlsx"
    book = openpyxl.Workbook()
    book.save(good)
    evil = tmp_path / "evil.xlsx"
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(evil, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            if item == "xl/workbook.xml":
                data = laughs + data
            target.writestr(item, data)
    with pytest.raises(RosterError, match="is no workbook"):
        _read(tmp_path, "", _sheet(file="evil.xlsx"))
