"""A device's record: chained, signed, merged; every alteration is found."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device import clock, record, signed, trust
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.identity import Identity
from playbooks.module_utils.wasl_device.record import Work, append, read, verify
from tests.devices.conftest import Ministry
from wasl.planes.devices import records


def work(laptop: Identity, stage: str = "intake") -> Work:
    return Work(stage, "done", laptop, {"note": "شاشة سليمة"}, "Amal")


def files(records: Path) -> list[Path]:
    return sorted(records.glob("*/*.jsonl"))


def test_a_record_of_three_stages_is_whole(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    station = ministry.station("stick-7")
    for stage in ("intake", "wipe", "image"):
        append(tmp_path, station, work(laptop, stage))
    entries = verify(files(tmp_path), ministry.trust())
    assert [entry.stage for entry, _ in entries] == ["intake", "wipe", "image"]
    assert {signer.name for _, signer in entries} == {"stick-7"}
    assert entries[0][0].body["evidence"]["note"] == "شاشة سليمة"


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda lines: [lines[0], lines[2]], "WASL-RECORD-BROKEN"),
        (lambda lines: [lines[1], lines[0], lines[2]], "WASL-RECORD-BROKEN"),
        (lambda lines: lines[1:], "WASL-RECORD-BROKEN"),
        (lambda lines: [lines[0].replace(b"Amal", b"Omar"), *lines[1:]], "WASL-RECORD-BROKEN"),
        (lambda lines: [*lines[:2], lines[2].replace(b"Amal", b"Omar")], "WASL-SIGNATURE-BAD"),
        (
            lambda lines: [*lines[:2], lines[2].replace(b"done", b"failed")],
            "WASL-SIGNATURE-BAD",
        ),
        (lambda lines: [*lines[:2], lines[2].replace(b":{", b": {", 1)], "WASL-RECORD-BROKEN"),
        (lambda lines: [*lines, b"{}\n"], "WASL-RECORD-BROKEN"),
        (lambda lines: [*lines, b"\xff\n"], "WASL-DOCUMENT-BAD"),
        (lambda lines: [], "WASL-RECORD-EMPTY"),
    ],
)
def test_every_alteration_is_found(
    tmp_path: Path,
    ministry: Ministry,
    laptop: Identity,
    alter: Callable[[list[bytes]], list[bytes]],
    code: str,
) -> None:
    station = ministry.station()
    for stage in ("intake", "wipe", "image"):
        append(tmp_path, station, work(laptop, stage))
    (path,) = files(tmp_path)
    path.write_bytes(b"".join(alter(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(DeviceError, match=code):
        verify([path], ministry.trust())


def test_every_flipped_byte_is_found(tmp_path: Path, ministry: Ministry, laptop: Identity) -> None:
    append(tmp_path, ministry.station(), work(laptop))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for place in range(0, len(whole) - 1, 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DeviceError):
            verify([path], ministry.trust())


def test_another_country_s_record_is_refused(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    append(tmp_path, ministry.station(), work(laptop))
    other = trust.Trust.of("tn", [signed.SigningKey.make().public])
    with pytest.raises(DeviceError, match="WASL-TRUST-UNKNOWN"):
        verify(files(tmp_path), other)


def test_a_torn_line_was_never_an_entry(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    station = ministry.station()
    append(tmp_path, station, work(laptop))
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:90])
    assert len(read(path)) == 1
    append(tmp_path, station, work(laptop, "wipe"))
    assert [entry.stage for entry, _ in verify([path], ministry.trust())] == ["intake", "wipe"]


def test_two_stations_records_merge_by_copying(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    depot, school = tmp_path / "depot", tmp_path / "school"
    append(depot, ministry.station("depot"), work(laptop, "intake"))
    shutil.copytree(depot, school)
    append(school, ministry.station("school"), work(laptop, "configure"))
    assert len(record.merge(school, depot)) == 1
    assert record.merge(school, depot) == []
    entries = verify(files(depot), ministry.trust())
    assert [(e.stage, s.name) for e, s in entries] == [("intake", "depot"), ("configure", "school")]
    later = max(files(depot), key=lambda path: read(path)[0].stage == "configure")
    with pytest.raises(DeviceError, match="WASL-RECORD-PART"):
        verify([later], ministry.trust())


def test_a_broken_line_of_one_station_refuses_all_that_is_said_of_the_device(
    tmp_path: Path, ministry: Ministry, laptop: Identity
) -> None:
    depot = ministry.station("depot")
    for stage in ("intake", "wipe"):
        append(tmp_path, depot, work(laptop, stage))
    append(tmp_path, ministry.station("school"), work(laptop, "configure"))
    broken = tmp_path / next(tmp_path.glob("*/")).name / f"{depot.key.public.id}.jsonl"
    first, second = broken.read_bytes().splitlines(keepends=True)
    broken.write_bytes(first + second.replace(b'"wipe"', b'"verify"'))
    (checked,) = records.check([tmp_path], ministry.trust())
    assert checked.device == broken.parent.name
    assert checked.entries == ()
    assert checked.problem is not None


def test_a_copied_stick_is_found(tmp_path: Path, ministry: Ministry, laptop: Identity) -> None:
    one, copy = tmp_path / "one", tmp_path / "copy"
    station = ministry.station()
    append(one, station, work(laptop, "intake"))
    shutil.copytree(one, copy)
    append(one, station, work(laptop, "wipe"))
    append(copy, station, work(laptop, "image"))
    with pytest.raises(DeviceError, match="WASL-RECORD-FORK"):
        record.merge(copy, one)


def test_a_clock_in_1970_is_said_and_nothing_is_refused(
    tmp_path: Path, ministry: Ministry, laptop: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = ministry.station()
    append(tmp_path, station, work(laptop))
    monkeypatch.setattr(clock, "now", lambda: "1970-01-01T00:03:00Z")
    entry = append(tmp_path, station, work(laptop, "wipe"))
    assert entry.body["clock"] == "doubtful"
    assert [notice["code"] for notice in entry.body["notices"]] == ["WASL-CLOCK-WRONG"]
    assert len(verify(files(tmp_path), ministry.trust())) == 2


def test_a_clock_that_runs_backwards_is_said(
    tmp_path: Path, ministry: Ministry, laptop: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = ministry.station()
    monkeypatch.setattr(clock, "now", lambda: "2026-09-01T10:00:00Z")
    append(tmp_path, station, work(laptop))
    monkeypatch.setattr(clock, "now", lambda: "2026-08-01T10:00:00Z")
    assert append(tmp_path, station, work(laptop, "wipe")).body["clock"] == "doubtful"


def test_a_nameless_device_has_no_record(tmp_path: Path, ministry: Ministry) -> None:
    with pytest.raises(DeviceError, match="WASL-DEVICE-NAMELESS"):
        append(tmp_path, ministry.station(), work(Identity(vendor="x")))


def test_several_devices_at_once(tmp_path: Path, ministry: Ministry, laptop: Identity) -> None:
    station = ministry.station()
    devices = [
        replace(laptop, uuid=f"{n:08x}-1111-2222-3333-444455556666", disks=(f"D{n}",), macs=())
        for n in range(1, 13)
    ]

    def prepare(device: Identity) -> None:
        for stage in ("intake", "wipe"):
            append(tmp_path, station, work(device, stage))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(prepare, devices))
    assert len(files(tmp_path)) == 12
    for path in files(tmp_path):
        assert len(verify([path], ministry.trust())) == 2


def test_a_full_or_pulled_stick_leaves_no_half_entry(
    tmp_path: Path, ministry: Ministry, laptop: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = ministry.station()
    append(tmp_path, station, work(laptop))
    (path,) = files(tmp_path)
    before = path.read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("playbooks.module_utils.wasl_device.files.os.fsync", full)
        with pytest.raises(DeviceError, match="WASL-MEDIUM-FULL"):
            append(tmp_path, station, work(laptop, "wipe"))
    assert path.read_bytes() == before
