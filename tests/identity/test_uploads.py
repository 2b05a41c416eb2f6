"""The partner's state as it uploads it: one zip or one a school, read instead of its service."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from integrations.identity.generated import Row, Size, Tables, roster, write_package
from integrations.identity.http import Unreachable
from integrations.identity.oneroster.columns import Version
from integrations.identity.uploads import FOLDER
from tests.identity.conftest import Ends, World
from tests.identity.support import copied, planned
from tests.identity.test_feed import AtFeed
from wasl.planes.identity import targets

pytestmark = pytest.mark.slow

SMALL = roster(Size(schools=2, classes=2, pupils=3))


def _upload(
    ends: Ends,
    tmp_path: Path,
    name: str,
    tables: Mapping[str, Sequence[Row]],
    *,
    mode: str = "bulk",
    version: Version = "1.1",
) -> None:
    folder = write_package(tmp_path / f"up-{name}-{time.monotonic_ns()}", tables, version, mode)
    packed = folder / "state.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.glob("*.csv"):
            archive.write(path, path.name)
    key = f"{ends.feed.prefix}{FOLDER}{name}.zip"
    ends.feed.s3.upload_file(str(packed), ends.feed.bucket, key)


def _of_school(tables: Tables, school: str) -> Tables:
    """What the partner's platform would upload for one school."""
    other = "s0002" if school == "s0001" else "s0001"
    return {
        kind: [row for row in rows if other not in row.values()] for kind, rows in tables.items()
    }


def test_one_zip_a_school_is_one_state(ends: Ends, tmp_path: Path) -> None:
    for school in ("s0001", "s0002"):
        _upload(ends, tmp_path, school, _of_school(SMALL, school))
    after = copied(SMALL)
    after["users"][1]["givenName"] = "سعاد"
    with planned(SMALL, AtFeed(ends.feed)) as made:
        assert made.changes() == set()
    with planned(after, AtFeed(ends.feed)) as made:
        assert made.changes() == {("users", "update", after["users"][1]["sourcedId"], "differs")}


def test_of_a_record_in_two_zips_the_one_uploaded_last_counts(ends: Ends, tmp_path: Path) -> None:
    old = copied(SMALL)
    old["orgs"][0]["name"] = "اسم قديم"
    _upload(ends, tmp_path, "s0001", _of_school(old, "s0001"))
    time.sleep(1.1)  # uploads are told apart by the second
    _upload(ends, tmp_path, "s0002", _of_school(SMALL, "s0002"))
    with planned(SMALL, AtFeed(ends.feed)) as made:
        assert made.changes() == set()


def test_what_is_no_state_is_refused(ends: Ends, tmp_path: Path) -> None:
    stamp = {"status": "active", "dateLastModified": "2026-09-30T08:00:00.000Z"}
    rows = [{**row, **stamp} for row in SMALL["orgs"]]
    _upload(ends, tmp_path, "roster", {"orgs": rows}, mode="delta")
    with pytest.raises(Unreachable, match="delta"), planned(SMALL, AtFeed(ends.feed)):
        pass
    ends.feed.s3.put_object(
        Bucket=ends.feed.bucket, Key=f"{ends.feed.prefix}{FOLDER}roster.zip", Body=b"half"
    )
    broken = "cannot be read: cannot be unpacked"
    with pytest.raises(Unreachable, match=broken) as caught, planned(SMALL, AtFeed(ends.feed)):
        pass
    assert str(caught.value.where).endswith("state/roster.zip")
    headed = {"orgs": [{**SMALL["orgs"][0], "metadata.a b": "1"}]}
    _upload(ends, tmp_path, "roster", headed)
    broken = r"cannot be read: orgs\.csv:1 metadata\.a b"
    with pytest.raises(Unreachable, match=broken), planned(SMALL, AtFeed(ends.feed)):
        pass


def test_the_command_reads_uploads_and_writes_by_rest(
    world: World, ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "feed", lambda *_: ends.feed)
    world.manifest(("      auth: bearer\n", "      auth: bearer\n      reads: csv\n"))
    folder = write_package(world.root / "roster", SMALL)
    status, said = world.wasl("plan", "jo", "--roster", folder)
    assert status == 2
    assert "has uploaded no state yet" in said
    assert world.wasl("apply", "jo", "--roster", folder, "--yes")[0] == 0
    assert SMALL["users"][1]["givenName"] in world.partner.wire.read_text("utf-8")
    assert "GET" not in world.partner.wire.read_text("utf-8")
    _upload(ends, tmp_path, "roster", _contracted(SMALL))
    status, said = world.wasl("plan", "jo", "--roster", folder)
    assert status == 2
    assert "1 uploads, the oldest of" in said
    # Its pseudonyms are the partner's own to upload; here only they differ.
    assert f"users: {len(SMALL['users'])} to update" in said


def test_who_left_is_removed_after_the_days_of_grace_though_uploads_do_not_say_since_when(
    world: World, ends: Ends, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "feed", lambda *_: ends.feed)
    world.manifest(("      auth: bearer\n", "      auth: bearer\n      reads: csv\n"))
    held = _contracted(SMALL)
    leaver = held["users"][1]
    leaver["enabledUser"] = "false"
    held["enrollments"] = [
        one for one in held["enrollments"] if one["userSourcedId"] != leaver["sourcedId"]
    ]
    _upload(ends, tmp_path, "roster", held)
    after = {**held, "users": [user for user in held["users"] if user is not leaver]}
    folder = write_package(world.root / "roster", after)
    plan = ("plan", "jo", "--roster", folder)
    assert "users: 1 to hold (disabled, and kept for the days of grace)" in _said(world, *plan)
    (memory,) = (world.home / "identity/jo").glob("disabled-*.csv")
    assert memory.stat().st_mode & 0o777 == 0o600
    text = memory.read_text("utf-8")
    assert leaver["sourcedId"] not in text
    memory.write_text(f"{text.partition(',')[0]},2026-01-05\n", encoding="utf-8")
    assert "users: 1 to delete (disabled long enough to be removed)" in _said(world, *plan)
    leaver["enabledUser"] = "true"
    _upload(ends, tmp_path, "roster", held)
    assert "users: 1 to disable" in _said(world, *plan)
    assert memory.read_text("utf-8") == ""


def _said(world: World, *arguments: str | Path) -> str:
    return world.wasl(*arguments)[1]


def _contracted(tables: Tables) -> Tables:
    """What the partner could upload, but for national numbers that it never had."""
    known = copied(tables)
    for user in known["users"]:
        user["identifier"] = ""
    return known
