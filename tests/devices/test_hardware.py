"""Intake: a recording becomes one typed snapshot, and a grade with its reasons."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.hardware import grade, snapshot
from playbooks.module_utils.wasl_device.hardware.grade import Minimum
from playbooks.module_utils.wasl_device.hardware.snapshot import Snapshot
from playbooks.module_utils.wasl_device.machine import Live, Recorded, Recording
from wasl.planes.devices.practice import (
    Computer,
    RecordedDisk,
    ata_identify,
    nvme_identify,
    recording,
)
from wasl.planes.devices.stage import _lasting

MINIMUM = Minimum(memory_mib=4096, disk_gb=100, cores=2, battery_percent=40)
HDD = RecordedDisk(
    smart={
        "smart_status": {"passed": True},
        "power_on_time": {"hours": 11822},
        "ata_smart_attributes": {"table": [{"id": 5, "raw": {"value": 0}}]},
    },
    commands=ata_identify("/dev/sda", {217: 7200, 82: 1 << 10}, 625_142_448),
)
NVME = RecordedDisk(
    path="/dev/nvme0n1",
    transport="nvme",
    rotates=False,
    size=256_060_514_304,
    model="PM981a NVMe 256GB",
    serial="S4EWNX0R",
    smart={
        "smart_status": {"passed": True},
        "power_on_time": {"hours": 900},
        "nvme_smart_health_information_log": {"percentage_used": 4, "media_errors": 0},
    },
    commands=nvme_identify("/dev/nvme0", sanicap=3),
)
LATITUDE = Computer(disks=(HDD,))
THINKPAD = Computer(
    vendor="LENOVO",
    product="20L8S02D00",
    serial="PF1AB2CD",
    uuid="6ef5a1cc-2d5a-11b2-a85c-cd6d4a1ad2f2",
    disks=(NVME,),
    files={
        "/sys/class/tpm/tpm0/tpm_version_major": "2",
        "/sys/firmware/efi/fw_platform_size": "64",
        "/sys/firmware/efi/efivars/SecureBoot-8be4df61": "\x06\0\0\0\x01",
        "/sys/firmware/acpi/tables/DSDT": "",
        "/sys/class/drm/card0-eDP-1/status": "connected",
        "/sys/class/drm/card0-eDP-1/modes": "1920x1080\n1280x720",
        "/sys/class/drm/card0-HDMI-A-1/status": "disconnected",
    },
)


def take(tmp_path: Path, computer: Computer) -> Snapshot:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(recording(computer)))
    return snapshot.take(Recorded.load(path))


def reasons(found: Snapshot) -> tuple[str, set[str]]:
    graded = grade.grade(found, MINIMUM)
    return graded.grade, {one.code.removeprefix("WASL-GRADE-") for one in graded.reasons}


def test_a_laptop_with_a_magnetic_disk(tmp_path: Path) -> None:
    found = take(tmp_path, LATITUDE)
    assert found.identity.serial == "BK5RJ22"
    assert found.identity.disks == ("101112PCK3004VGVJ1MJ",)
    assert found.identity.macs == ("5c:f9:dd:01:02:03",)
    assert (found.portable, found.cores, found.memory_mib) == ("yes", 2, 8192)
    assert found.disks[0].kind == "magnetic"
    assert found.healths[0].hours == 11822
    assert found.batteries[0].health_percent == 71
    assert found.locks.firmware_password == "no"
    assert reasons(found) == ("accept", set())


def test_a_laptop_with_nvme_tpm_and_secure_boot(tmp_path: Path) -> None:
    found = take(tmp_path, THINKPAD)
    assert (found.uefi, found.secure_boot, found.tpm) == (True, "yes", "2")
    assert found.disks[0].kind == "nvme"
    assert [(d.connector, d.width) for d in found.displays] == [("card0-eDP-1", 1920)]
    assert found.locks.absolute == "no"
    assert reasons(found) == ("accept", set())


def test_a_snapshot_can_be_signed(tmp_path: Path) -> None:
    found = take(tmp_path, THINKPAD)
    assert signed.parse(signed.canonical(found.as_json()))["identity"]["serial"] == "PF1AB2CD"


@pytest.mark.parametrize(
    ("change", "verdict", "reason"),
    [
        ({"memory_mb": (2048, 0)}, "repair", "MEMORY"),
        ({"cores": 1}, "parts", "CORES"),
        ({"flags": "fpu sse2"}, "recycle", "PROCESSOR-32"),
        ({"battery_percent": 12}, "repair", "BATTERY"),
        ({"battery_percent": None}, "repair", "NO-BATTERY"),
        ({"power_on_password": "Enabled"}, "repair", "FIRMWARE-PASSWORD"),
        ({"oem_strings": ("Absolute Persistence v6",)}, "parts", "ABSOLUTE"),
        ({"files": {"/sys/firmware/acpi/tables/WPBT": ""}}, "parts", "ABSOLUTE"),
        ({"files": {"/sys/firmware/vpd/rw/check_enrollment": "1"}}, "parts", "ENROLMENT"),
        ({"disks": ()}, "repair", "NO-DISK"),
        ({"disks": (replace(HDD, size=80 * 10**9),)}, "repair", "DISK-SMALL"),
        ({"disks": (replace(HDD, smart={}),)}, "accept", "DISK-SILENT"),
        (
            {"disks": (replace(HDD, smart={"smart_status": {"passed": False}}),)},
            "repair",
            "DISK-WORN",
        ),
        (
            {
                "disks": (
                    replace(
                        HDD,
                        smart={
                            "smart_status": {"passed": True},
                            "ata_smart_attributes": {"table": [{"id": 197, "raw": {"value": 3}}]},
                        },
                    ),
                )
            },
            "accept",
            "DISK-AGING",
        ),
        (
            {"disks": (), "files": {"/sys/bus/pci/devices/0000:00:17.0/class": "0x010400"}},
            "repair",
            "HIDDEN",
        ),
        ({"serial": "To be filled by O.E.M."}, "accept", "NO-SERIAL"),
    ],
)
def test_each_doubt_has_its_grade_and_reason(
    tmp_path: Path, change: dict[str, Any], verdict: str, reason: str
) -> None:
    assert reasons(take(tmp_path, replace(LATITUDE, **change))) == (verdict, {reason})


def test_the_worst_reason_decides_and_stands_first(tmp_path: Path) -> None:
    found = take(tmp_path, replace(LATITUDE, cores=1, battery_percent=5, memory_mb=(1024,)))
    graded = grade.grade(found, MINIMUM)
    assert graded.grade == "parts"
    assert graded.reasons[0].code == "WASL-GRADE-CORES"


@pytest.mark.parametrize(
    ("disk", "kind"),
    [
        (replace(HDD, commands=ata_identify("/dev/sda", {217: 1}, 1000)), "unknown"),
        (
            replace(HDD, rotates=False, commands=ata_identify("/dev/sda", {217: 1}, 1000)),
            "ssd",
        ),
        (replace(HDD, commands=ata_identify("/dev/sda", {217: 5400, 78: 1 << 9}, 9)), "hybrid"),
        (replace(HDD, commands={}), "unknown"),
        (replace(HDD, transport="usb"), "usb"),
        (replace(HDD, transport="", extra={"vendor": "LSI", "model": "MegaRAID 9260"}), "raid"),
        (replace(HDD, transport="sas"), "unknown"),
        (replace(HDD, path="/dev/mmcblk0", transport="mmc"), "emmc"),
    ],
)
def test_what_a_disk_is(tmp_path: Path, disk: RecordedDisk, kind: str) -> None:
    assert [one.kind for one in take(tmp_path, Computer(disks=(disk,))).disks] == [kind]


def test_an_sd_card_is_no_disk_to_count_on(tmp_path: Path) -> None:
    card = replace(HDD, path="/dev/mmcblk0", transport="mmc")
    computer = Computer(disks=(card,), files={"/sys/block/mmcblk0/device/type": "SD"})
    assert take(tmp_path, computer).disks[0].kind == "unknown"


def test_our_own_stick_is_known_and_not_the_device_s(tmp_path: Path) -> None:
    stick = replace(HDD, path="/dev/sdb", serial="STICK", extra={"partlabel": "wasl-data"})
    found = take(tmp_path, Computer(disks=(HDD, stick)))
    assert [disk.ours for disk in found.disks] == [False, True]
    assert found.identity.disks == (HDD.serial,)


def test_a_recording_of_this_very_machine_reads_the_same_again(tmp_path: Path) -> None:
    recorder = Recording(Live())
    live = snapshot.take(recorder)
    path = tmp_path / "here.json"
    path.write_text(json.dumps(recorder.as_json()))
    assert snapshot.take(Recorded.load(path)) == live


def test_a_broken_recording_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(DeviceError, match="WASL-SNAPSHOT-BAD"):
        Recorded.load(tmp_path / "x.json")


def test_a_start_that_calls_the_disks_otherwise_is_no_news() -> None:
    """A stick that is found before the disk makes sdb of what was sda."""
    names = ("TARGET1", "STICK1")

    def seen(*serials: str) -> dict[str, Any]:
        disks = [
            {"path": f"/dev/sd{letter}", "serial": one}
            for letter, one in zip("ab", serials, strict=True)
        ]
        return _lasting({"snapshot": {"disks": disks}})

    assert seen(*names) == seen(*reversed(names))
    assert seen(*names) != seen("TARGET2", "STICK1")
    # A record's entries come back with their names sorted, which what was just seen need not have.
    fresh = [{"size": size, "kind": kind} for size, kind in ((1, "usb"), (2, "nvme"))]
    read = [dict(sorted(disk.items())) for disk in fresh]
    assert _lasting({"snapshot": {"disks": fresh}}) == _lasting({"snapshot": {"disks": read}})
