"""OneRoster 1.2 and 1.1, read, written, and turned into each other."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.identity.generated import Row, Size, Tables, roster, write_package
from integrations.identity.oneroster.columns import COLUMNS, header
from integrations.identity.oneroster.convert import to_1_1, to_1_2
from integrations.identity.oneroster.package import Package, open_package
from integrations.identity.oneroster.wire import to_json, to_row
from integrations.identity.rejects import Rejects
from integrations.identity.store import Store, scratch
from integrations.identity.validate import validate
from tests.identity.conftest import World
from tests.identity.support import RECIPIENT, copied

SMALL = roster(Size(schools=2, classes=2, pupils=3))


def _rows(package: Package, kind: str) -> list[Row]:
    with package.files[kind].path.open(encoding="utf-8", newline="") as stream:
        return sorted(csv.DictReader(stream), key=lambda row: row["sourcedId"])


def _opened(tmp_path: Path, store: Store, tables: Tables, version: str = "1.1") -> Package:
    folder = write_package(tmp_path / "p", tables, version)  # type: ignore[arg-type]
    return validate(open_package(folder, store), store, Rejects(store, RECIPIENT)).package


def test_there_and_back_loses_nothing_but_the_kind_of_administrator(tmp_path: Path) -> None:
    tables = copied(SMALL)
    tables["users"][0] |= {"role": "administrator", "orgSourcedIds": "s0002,s0001"}
    for user in tables["users"]:
        user["metadata.jo.seat"] = "7"
    with scratch(tmp_path) as store:
        newer = to_1_2(_opened(tmp_path, store, tables), store)
        judged = validate(newer.package, store, Rejects(store, RECIPIENT))
        assert judged.problems == ()
        assert [loss.records for loss in newer.losses] == [1]
        roles = _rows(newer.package, "roles")
        mine = [role for role in roles if role["userSourcedId"] == tables["users"][0]["sourcedId"]]
        assert [(role["roleType"], role["orgSourcedId"]) for role in mine] == [
            ("primary", "s0002"),
            ("secondary", "s0001"),
        ]
        older = to_1_1(newer.package, store)
        assert older.package.files["users"].extensions == ("metadata.jo.seat",)
        assert _rows(older.package, "users") == sorted(
            tables["users"], key=lambda row: row["sourcedId"]
        )


def _newer(**user: str) -> Tables:
    """One school, one person, 1.2."""
    person = {"sourcedId": "u1", "enabledUser": "true", "username": "u1", "givenName": "هدى"}
    person |= {"familyName": "حداد", "primaryOrgSourcedId": "s0001", **user}
    roles = [("r0", "secondary", "teacher", "moe"), ("r1", "primary", "principal", "s0001")]
    names = ("sourcedId", "roleType", "role", "orgSourcedId")
    return {
        "orgs": SMALL["orgs"][:2],
        "users": [dict.fromkeys(header("1.2", "users"), "") | person],
        "roles": [
            dict.fromkeys(header("1.2", "roles"), "")
            | dict(zip(names, role, strict=True))
            | {"userSourcedId": "u1"}
            for role in roles
        ],
    }


def test_what_1_1_has_no_place_for_is_counted(tmp_path: Path) -> None:
    tables = _newer(pronouns="هي", preferredGivenName="هدهد")
    tables["roles"][0]["endDate"] = "2027-01-01"
    with scratch(tmp_path) as store:
        older = to_1_1(_opened(tmp_path, store, tables, "1.2"), store)
        (user,) = _rows(older.package, "users")
        assert (user["role"], user["orgSourcedIds"]) == ("administrator", "s0001,moe")
        assert {loss.what: loss.records for loss in older.losses} == {
            "users.preferredGivenName": 1,
            "users.pronouns": 1,
            "further roles": 1,
            "role": 1,
            "roles.beginDate, roles.endDate": 1,
        }


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("data", [st.data()])
def test_every_file_with_every_column_is_read_as_it_was_written(
    version: str, data: st.SearchStrategy[st.DataObject], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """OneRoster CSV Binding 1.2.1, section 4, and 1.1: all rostering files."""
    text = st.text("abcابتث \"',;{}", max_size=6).map(str.strip)

    @settings(max_examples=8)
    @given(data)
    def holds(draw: st.DataObject) -> None:
        folder = tmp_path_factory.mktemp("p")
        tables = {
            kind: [
                {column.name: draw.draw(text) for column in columns} | {"sourcedId": str(number)}
                for number in range(2)
            ]
            for kind, columns in COLUMNS[version].items()  # type: ignore[index]
        }
        with scratch(folder) as store:
            write_package(folder / "p", tables, version)  # type: ignore[arg-type]
            package = open_package(folder / "p", store)
            assert package.version == version
            for kind, rows in tables.items():
                assert _rows(package, kind) == rows

    holds()


@pytest.mark.parametrize("kind", ["orgs", "academicSessions", "courses", "classes", "users"])
def test_rows_survive_the_way_to_json_and_back(kind: str) -> None:
    for row in SMALL[kind]:
        full = {**row, "grades": "1,2", "metadata.x": "y"} if "grades" in row else row
        (record,) = to_json(kind, full, "https://partner.example").values()
        assert to_row(kind, record, full) == full


def test_1_2_is_planned_like_1_1_and_says_what_was_lost(world: World) -> None:
    with scratch(world.root / "s") as store:
        newer = to_1_2(_opened(world.root, store, SMALL), store).package
        tables = {kind: _rows(newer, kind) for kind in newer.files}
    tables["users"][1]["pronouns"] = "هي"
    folder = write_package(world.root / "r12", tables, "1.2")
    older = write_package(world.root / "r11", SMALL)
    assert world.wasl("apply", "jo", "--roster", older, "--yes")[0] == 0
    status, said = world.wasl("plan", "jo", "--roster", folder)
    assert status == 0, said
    assert "lost in conversion: users.pronouns (1 records)" in said


@pytest.mark.slow
def test_someone_without_a_role_is_refused_and_kept(world: World) -> None:
    with scratch(world.root / "s") as store:
        newer = to_1_2(_opened(world.root, store, SMALL), store).package
        tables = {kind: _rows(newer, kind) for kind in newer.files}
    tables["roles"].pop(1)
    tables["enrollments"][0]["role"] = "pupil"
    world.wasl("apply", "jo", "--roster", write_package(world.root / "r11", SMALL), "--yes")
    folder = write_package(world.root / "r12", tables, "1.2")
    status, said = world.wasl("plan", "jo", "--roster", folder)
    assert status == 2
    assert "roles.csv users without a role there: 1" in said
    assert "enrollments.csv userSourcedId refers to no record of users.csv" in said
    assert "to disable" not in said
    assert "users: 1 to hold (its row in the roster was refused: kept as it is)" in said


def test_convert_writes_the_other_version_and_says_what_has_no_place(
    world: World, tmp_path: Path
) -> None:
    tables = copied(SMALL)
    tables["users"][0] |= {"role": "administrator", "password": "hunter2"}
    tables["users"][1]["role"] = "pupil"
    folder, newer = write_package(tmp_path / "r", tables), tmp_path / "newer.zip"
    command = ("convert", "jo", "--roster", folder, "--to", "1.2", "-o", newer)
    status, said = world.wasl(*command)
    assert status == 2, said
    assert "users.csv:3 role" in said
    assert "lost in conversion: which kind of administrator" in said
    assert "users.password (1 records)" in said
    assert newer.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(newer) as archive:
        assert "oneroster.version,1.2" in archive.read("manifest.csv").decode()
        assert b"hunter2" not in archive.read("users.csv")
    older = tmp_path / "older.zip"
    back = ("convert", "jo", "--roster", newer, "--to", "1.1", "-o", older)
    assert world.wasl(*back)[0] == 0
    with scratch(tmp_path) as store:
        assert len(_rows(open_package(older, store), "users")) == len(tables["users"]) - 1
    assert world.wasl(*back[:-1], older, "--to", "1.2")[0] == 64
    assert list(tmp_path.glob("*.part")) == []
