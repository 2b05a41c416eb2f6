"""Rosters that are wrong: every problem at once, by file, line, column and mend; nothing lost."""

from __future__ import annotations

import csv
import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyrage import decrypt, x25519

from integrations.identity.errors import RosterError
from integrations.identity.generated import Size, Tables, roster, write_package
from integrations.identity.oneroster.columns import COLUMNS
from integrations.identity.oneroster.package import open_package
from integrations.identity.rejects import Rejects
from integrations.identity.rules import broken, misplaced, misshapen, suspect
from integrations.identity.store import name, scratch
from integrations.identity.validate import Roster, validate
from tests.identity.support import Memory, copied, planned
from wasl.errors import WaslError

SMALL = roster(Size(schools=1, classes=2, pupils=5))
MINISTRY = x25519.Identity.generate()


def _judged(folder: Path, tmp_path: Path, *, seal: bool = False) -> tuple[Roster, bytes]:
    with scratch(tmp_path / "home") as store:
        rejects = Rejects(store, str(MINISTRY.to_public()))
        judged = validate(open_package(folder, store), store, rejects)
        sealed = rejects.seal(tmp_path / "rejects") if seal else None
        return judged, decrypt(sealed.read_bytes(), [MINISTRY]) if sealed else b""


def _package(tmp_path: Path, tables: Tables = SMALL) -> Path:
    return write_package(tmp_path / "roster", tables)


def _lines(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def test_every_bad_row_is_told_by_line_and_column_and_set_aside(tmp_path: Path) -> None:
    tables = copied(SMALL)
    users = tables["users"]
    users[1]["role"] = "pupil"
    users[2]["givenName"] = "=HYPERLINK(1)"
    users[3]["familyName"] = ""
    users[4]["orgSourcedIds"] = "nowhere"
    tables["enrollments"][0] |= {"beginDate": "2027-01-02", "endDate": "2027-01-01"}
    judged, sealed = _judged(_package(tmp_path, tables), tmp_path, seal=True)
    found = {problem.where for problem in judged.problems}
    assert {
        "users.csv:3 role",
        "users.csv:4 givenName",
        "users.csv:5 familyName",
        "users.csv:6 orgSourcedIds",
        "enrollments.csv:2 endDate",
    } <= found
    # The enrolments of refused people go with them.
    assert {"enrollments.csv:3 userSourcedId", "enrollments.csv:6 userSourcedId"} <= found
    assert judged.rows["users"] == len(users) - 4
    assert judged.refused == 4 + 5
    assert sealed.count(b"\n") == judged.refused + 2  # and a head for each of two files
    assert all(problem.mend for problem in judged.problems)


def test_a_refused_row_s_record_is_kept_at_the_partner(tmp_path: Path) -> None:
    tables = copied(SMALL)
    tables["users"][1]["givenName"] = ""
    key = tables["users"][1]["sourcedId"]
    with planned(tables, Memory.of(SMALL)) as made:
        assert ("users", "hold", key, "rejected") in made.changes()
        assert made.plan.size == 0


def test_a_refused_row_without_an_id_keeps_everyone(tmp_path: Path) -> None:
    tables = copied(SMALL)
    tables["users"][1]["sourcedId"] = ""
    tables["enrollments"] = []
    with planned(tables, Memory.of(SMALL)) as made:
        assert {change[1] for change in made.changes()} == {"hold"}


def test_ids_that_stand_twice_are_refused_both(tmp_path: Path) -> None:
    tables = copied(SMALL)
    tables["users"].append(dict(tables["users"][1], givenName="غيره"))
    judged, _ = _judged(_package(tmp_path, tables), tmp_path)
    twice = [problem for problem in judged.problems if "more than once" in problem.what]
    assert [problem.line for problem in twice] == [3, len(tables["users"]) + 1]


def _insert(raw: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: [*lines[:2], raw, *lines[2:]]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"1,2,3\n", "values where the header has"),
        (b"x,\xff\xfe,,,,,,,,,,,,,,,,\n", "is not UTF-8 text"),
        (b'x,"unclosed,,,,,,,,,,,,,,,,,\n', "quotes that do not close"),
        (b"x," + b"a" * (11 << 20) + b",,,,,,,,,,,,,,,,\n", "is longer than 1 MiB"),
        (b"x,,,true,s0001,student,u\x00x,,a,b,,,,,,,,\n", "control character"),
        (b'x,,,true,s0001,student,u1,,"a\nb",b,,,,,,,,\n', "line break inside"),
    ],
    ids=["columns", "utf-8", "quotes", "length", "nul", "line break"],
)
def test_a_line_that_is_no_record(tmp_path: Path, raw: bytes, what: str) -> None:
    folder = _package(tmp_path)
    _lines(folder / "users.csv", _insert(raw))
    judged, sealed = _judged(folder, tmp_path, seal=True)
    assert judged.problems[0].line == 3
    assert what in judged.problems[0].what
    assert judged.rows["users"] == len(SMALL["users"])
    # Of a line that cannot be taken apart nobody knows where its password is.
    assert (raw[:12] if b"\x00" in raw else b"# line 3 ") in sealed


def test_a_password_is_kept_nowhere_not_even_in_a_row_that_was_refused(tmp_path: Path) -> None:
    tables = copied(SMALL)
    for number, user in enumerate(tables["users"]):
        user["password"] = f"PLANTEDPASSWORD{number}"
    tables["users"][1]["role"] = "pupil"
    folder = _package(tmp_path, tables)
    _lines(folder / "users.csv", lambda lines: [*lines, b'"x' + lines[-1], lines[-1][:-1] + b",\n"])
    judged, sealed = _judged(folder, tmp_path, seal=True)
    assert judged.refused > 3
    assert tables["users"][1]["sourcedId"].encode() in sealed
    assert b"PLANTEDPASSWORD" not in sealed


def test_a_byte_order_mark_and_windows_line_ends_are_no_problem(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    for path in folder.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    judged, _ = _judged(folder, tmp_path)
    assert judged.problems == ()
    assert judged.rows["users"] == len(SMALL["users"])
    with planned(folder, Memory.of(SMALL)) as made:
        assert made.changes() == set()


def test_windows_1256_is_recognised(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    path = folder / "users.csv"
    path.write_bytes(path.read_text("utf-8").encode("cp1256"))
    with pytest.raises(RosterError, match="Windows-1256"):
        _judged(folder, tmp_path)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (b"sourcedID,", "the column sourcedId is missing (found 'sourcedID')"),
        (b"sourcedId,sourcedId,", "stands in the header twice"),
        (b"extra,sourcedId,", "is no column of the standard"),
        (b"", "the column sourcedId is missing"),
    ],
)
def test_wrong_headers(tmp_path: Path, header: bytes, what: str) -> None:
    folder = _package(tmp_path)
    for file in ("users.csv", "orgs.csv"):
        path = folder / file
        path.write_bytes(path.read_bytes().replace(b"sourcedId,", header, 1))
    with pytest.raises(RosterError) as caught:
        _judged(folder, tmp_path)
    assert what in str(caught.value)
    assert {problem.file for problem in caught.value.problems} == {"users.csv", "orgs.csv"}


def test_a_file_without_a_header_is_told_without_its_first_row(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    _lines(folder / "users.csv", lambda lines: lines[1:])
    with pytest.raises(RosterError) as caught:
        _judged(folder, tmp_path)
    (problem,) = caught.value.problems
    assert problem.what == "the first line is no header"
    assert "givenName,familyName" in problem.mend
    told = str(caught.value)
    assert not [value for value in SMALL["users"][0].values() if len(value) > 4 and value in told]


def test_columns_out_of_order(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    path = folder / "orgs.csv"
    path.write_bytes(path.read_bytes().replace(b"name,type", b"type,name", 1))
    with pytest.raises(RosterError, match="out of order"):
        _judged(folder, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("file.users,bulk", "file.users,absent", "there, and declared absent"),
        ("file.demographics,absent", "file.demographics,bulk", "declared bulk, and not there"),
        ("file.users,bulk", "file.users,all", "must be absent, bulk or delta"),
        ("file.results,", "file.surprises,", "does not know"),
        ("oneroster.version,1.1", "oneroster.version,1.0", "oneroster.version is '1.0'"),
        ("propertyName,value", "name,value", "does not begin with"),
        ("file.users,bulk", "file.users,bulk\nfile.users,delta", "stands there twice"),
        ("manifest.version,1.0", "manifest.version,2.0", "manifest.version is '2.0'"),
        ("manifest.version,1.0\n", "", "manifest.version is ''"),
    ],
)
def test_a_manifest_that_lies(tmp_path: Path, old: str, new: str, what: str) -> None:
    folder = _package(tmp_path)
    path = folder / "manifest.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RosterError) as caught:
        _judged(folder, tmp_path)
    assert what in str(caught.value)


def test_a_manifest_s_problems_are_told_all_at_once(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    path = folder / "manifest.csv"
    text = path.read_text("utf-8").replace("file.users,bulk", "file.users,all")
    path.write_text(text + "a,b,c\nalone\n", encoding="utf-8")
    with pytest.raises(RosterError) as caught:
        _judged(folder, tmp_path)
    last = text.count("\n")
    assert [(one.line, one.column) for one in caught.value.problems] == [
        (last + 1, ""),
        (last + 2, ""),
        (0, "file.users"),
    ]


def test_a_file_without_rows(tmp_path: Path) -> None:
    folder = _package(tmp_path)
    path = folder / "orgs.csv"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    with pytest.raises(RosterError, match="holds no rows"):
        _judged(folder, tmp_path)


def _zip(tmp_path: Path, *extra: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(_package(tmp_path).glob("*.csv")):
            archive.write(file, file.name)
        for member, data in extra:
            archive.writestr(member, data)
    return path


def test_a_zip_reads_like_a_folder(tmp_path: Path) -> None:
    judged, _ = _judged(_zip(tmp_path), tmp_path)
    assert judged.rows["users"] == len(SMALL["users"])


def _link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("roles.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("member", "data", "what"),
    [
        ("../../escape.csv", b"x", "no plain file name"),
        ("/etc/passwd", b"x", "no plain file name"),
        ("bomb.csv", b"\0" * (64 << 20), "grows more than"),
        (_link(), b"/etc/passwd", "symbolic link"),
    ],
    ids=["up", "absolute", "bomb", "link"],
)
def test_zips_that_mean_harm(
    tmp_path: Path, member: str | zipfile.ZipInfo, data: bytes, what: str
) -> None:
    with pytest.raises(RosterError) as caught:
        _judged(_zip(tmp_path, (member, data)), tmp_path)
    assert what in str(caught.value)
    assert not list(tmp_path.rglob("escape.csv"))


def test_a_zip_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\3\4 and no more")
    with pytest.raises(RosterError, match="WASL-ROSTER-ZIP"):
        _judged(path, tmp_path)


def test_a_zip_that_holds_more_than_it_declares(tmp_path: Path) -> None:
    raw = bytearray(_zip(tmp_path).read_bytes())
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        size = archive.getinfo("users.csv").file_size
    lied = bytes(raw).replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    path = tmp_path / "lies.zip"
    path.write_bytes(lied)
    with pytest.raises(RosterError, match="WASL-ROSTER-ZIP"):
        _judged(path, tmp_path)


def test_refused_rows_need_someone_who_may_receive_them(tmp_path: Path) -> None:
    tables = copied(SMALL)
    tables["users"][1]["givenName"] = ""
    with scratch(tmp_path / "home") as store:
        rejects = Rejects(store, None)
        validate(open_package(_package(tmp_path, tables), store), store, rejects)
        with pytest.raises(WaslError, match="WASL-ROSTER-NO-RECIPIENT"):
            rejects.seal(tmp_path)


_ANYTHING = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=12
) | st.sampled_from(
    ["2026-02-30", "2026-2-3", "2026-01-01", "true", "True", "=1", "+1", "-", "@x", "student",
     "ext:x", "1999", "19x9", "+962 79", "active", "tobedeleted", "x" * 300, "س" * 600]
)  # fmt: skip


def _line(row: dict[str, str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue()


@pytest.mark.slow
@settings(max_examples=80)
@given(st.sampled_from(["users", "enrollments", "academicSessions", "classes"]), st.data())
def test_the_fast_rules_suspect_every_row_that_the_careful_ones_refuse(
    kind: str, data: st.DataObject
) -> None:
    columns = {column.name: column for column in COLUMNS["1.1"][kind]}
    row = {column: data.draw(_ANYTHING, label=column) for column in columns}
    row = {column: data.draw(st.sampled_from([value, ""])) for column, value in row.items()}
    import duckdb

    values = ", ".join(f"? AS {name(column)}" for column in columns)
    database = duckdb.connect()
    query = f"SELECT {suspect(columns, 'bulk', ())} FROM (SELECT {values})"
    (found,) = database.execute(query, list(row.values())).fetchone() or (None,)
    quick = f"SELECT {misplaced(columns, 'bulk')} FROM (SELECT {values})"
    (by_column,) = database.execute(quick, list(row.values())).fetchone() or (None,)
    line = _line(row)
    shape = f"SELECT {misshapen('line')} FROM (SELECT ? AS line)"
    (by_line,) = database.execute(shape, [line]).fetchone() or (None,)
    assert not found or by_column or by_line, line
    # Control characters are seen in the file's bytes before.
    refused = [wrong for wrong in broken(row, columns, "bulk") if "control" not in wrong[1]]
    if refused:
        assert found, refused
    elif not list(broken(row, columns, "bulk")):
        assert not found
