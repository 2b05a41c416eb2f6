"""How each class of disk is erased, and what is refused with its reason; guards come first."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.hardware.disks import Disk, disks
from playbooks.module_utils.wasl_device.identity import Identity, recognise
from playbooks.module_utils.wasl_device.machine import Live, Recorded
from playbooks.module_utils.wasl_device.wipe import guard
from playbooks.module_utils.wasl_device.wipe.plan import technique
from playbooks.module_utils.wasl_device.wipe.run import Request, plan, wipe
from tests.devices.test_hardware import HDD, NVME
from wasl.planes.devices.practice import (
    Computer,
    RecordedDisk,
    ata_identify,
    nvme_identify,
    recording,
)

SERIAL = "BK5RJ22"
SUPPORTED, ENABLED, LOCKED, FROZEN, ENHANCED = 1, 2, 4, 8, 32
MANAGED = 0b1010  # of OACS: format, and management of namespaces
SANITIZE, CRYPTO, OVERWRITE, BLOCK = 1 << 12, 1 << 13, 1 << 14, 1 << 15


def machine(tmp_path: Path, *found: RecordedDisk, files: Mapping[str, str] = {}) -> Recorded:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(recording(Computer(disks=found, files=files))))
    return Recorded.load(path)


def ssd(**words: int) -> RecordedDisk:
    table = {217: 1, **{int(name[1:]): word for name, word in words.items()}}
    return replace(HDD, rotates=False, commands=ata_identify("/dev/sda", table, 1000))


def nvme(log: tuple[int, int] | None = (0xFFFF, 0), **identify: Any) -> RecordedDisk:
    commands = nvme_identify("/dev/nvme0", **identify)
    if log is not None:
        told = struct.pack("<HH", *log).ljust(512, b"\0").decode("latin-1")
        commands["nvme get-log /dev/nvme0 --log-id=0x81 --log-len=512 --raw-binary"] = told
    return replace(NVME, commands=commands)


@pytest.mark.parametrize(
    ("disk", "name", "method"),
    [
        (HDD, "overwrite with zeros", "Clear"),
        (
            replace(HDD, commands=ata_identify("/dev/sda", {59: SANITIZE | OVERWRITE}, 9)),
            "ATA SANITIZE OVERWRITE EXT",
            "Purge",
        ),
        (ssd(w59=SANITIZE | BLOCK | CRYPTO), "ATA SANITIZE BLOCK ERASE EXT", "Purge"),
        (ssd(w59=SANITIZE | CRYPTO), "ATA SANITIZE CRYPTO SCRAMBLE EXT", "Purge"),
        (ssd(w59=CRYPTO), "overwrite with zeros", "Clear"),  # claimed without the feature set
        (ssd(w128=SUPPORTED | ENHANCED), "ATA SECURITY ERASE UNIT, enhanced", "Clear"),
        (ssd(w128=SUPPORTED), "ATA SECURITY ERASE UNIT", "Clear"),
        (ssd(), "overwrite with zeros", "Clear"),
        (nvme(sanicap=2), "NVMe Sanitize, block erase", "Purge"),
        (nvme(sanicap=1), "NVMe Sanitize, crypto erase", "Purge"),
        (nvme(None, fna=4), "NVMe Format, cryptographic erase (SES 2)", "Clear"),
        (nvme(None), "NVMe Format, user data erase (SES 1)", "Clear"),
        (nvme(None, oacs=0), "overwrite with zeros", "Clear"),
        (nvme(None, oacs=MANAGED), "NVMe Format, user data erase (SES 1)", "Clear"),
        # Sanitize reaches all that the controller holds.
        (nvme(sanicap=2, oacs=MANAGED, namespaces=(1, 2)), "NVMe Sanitize, block erase", "Purge"),
        (replace(HDD, transport="usb"), "overwrite with zeros", "Clear"),
        (replace(HDD, path="/dev/mmcblk0", transport="mmc"), "overwrite with zeros", "Clear"),
    ],
)
def test_the_technique_of_each_class(
    tmp_path: Path, disk: RecordedDisk, name: str, method: str
) -> None:
    recorded = machine(tmp_path, disk)
    chosen = technique(recorded, disks(recorded)[0])
    assert (chosen.name, chosen.method) == (name, method)


def silent_about_namespaces() -> RecordedDisk:
    disk = nvme(None, oacs=MANAGED)
    kept = {name: said for name, said in disk.commands.items() if "passthru" not in name}
    return replace(disk, commands=kept)


def hidden(sectors: str, **words: int) -> RecordedDisk:
    commands = ata_identify("/dev/sda", {217: 7200, 82: 1 << 10}, 1000)
    said = f"\n/dev/sda:\n max sectors   = 1000/{sectors}, HPA is enabled\n"
    return replace(HDD, commands={**commands, "hdparm -N /dev/sda": said})


@pytest.mark.parametrize(
    ("disk", "code"),
    [
        (hidden("5000"), "WASL-WIPE-HIDDEN-AREA"),
        (hidden("?"), "WASL-WIPE-HIDDEN-UNKNOWN"),
        (
            replace(HDD, commands=ata_identify("/dev/sda", {217: 7200, 83: 1 << 11}, 1000)),
            "WASL-WIPE-HIDDEN-UNKNOWN",
        ),
        (ssd(w128=SUPPORTED | FROZEN), "WASL-WIPE-FROZEN"),
        (ssd(w128=SUPPORTED | ENABLED | LOCKED), "WASL-WIPE-LOCKED"),
        (
            replace(HDD, commands=ata_identify("/dev/sda", {217: 5400, 214: 1 << 4}, 9)),
            "WASL-WIPE-HYBRID",
        ),
        (
            replace(HDD, transport="", extra={"vendor": "DELL", "model": "PERC H310"}),
            "WASL-WIPE-RAID",
        ),
        (replace(HDD, commands={}), "WASL-WIPE-UNKNOWN"),
        (replace(HDD, transport="fc"), "WASL-WIPE-UNKNOWN"),
        (replace(HDD, extra={"ro": True}), "WASL-WIPE-READ-ONLY"),
        (nvme(None, sanicap=2), "WASL-WIPE-LOG"),
        (replace(NVME, commands={}), "WASL-WIPE-LOG"),
        (nvme(None, oacs=MANAGED, namespaces=(1, 7)), "WASL-WIPE-NAMESPACES"),
        (nvme(None, oacs=MANAGED, namespaces=()), "WASL-WIPE-NAMESPACES"),
        (nvme(None, unallocated=1 << 30), "WASL-WIPE-NAMESPACES"),
        (nvme(None, oacs=0, unallocated=1 << 70), "WASL-WIPE-NAMESPACES"),
        (silent_about_namespaces(), "WASL-WIPE-LOG"),
        (replace(HDD, size=0), "WASL-WIPE-NO-SIZE"),
        (replace(nvme(), size=0), "WASL-WIPE-NO-SIZE"),
    ],
)
def test_what_cannot_be_erased_surely_is_a_failure(
    tmp_path: Path, disk: RecordedDisk, code: str
) -> None:
    recorded = machine(tmp_path, disk)
    with pytest.raises(DeviceError, match=code):
        technique(recorded, disks(recorded)[0])
    (planned,) = plan_of(recorded)
    assert planned["code"] == code


def plan_of(recorded: Recorded, disks: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """The plan as on the device itself."""
    live = replace(recorded, is_live=True)
    return [one.as_json() for one in plan(live, Request(SERIAL, "Amal", disks=disks))]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("", "WASL-WIPE-UNNAMED"),
        ("  ", "WASL-WIPE-UNNAMED"),
        ("BK5RJ23", "WASL-WIPE-OTHER-DEVICE"),
        ("4c4c4544-004b-3510-8052-b4c04f4a3232", "WASL-WIPE-OTHER-DEVICE"),
        ("/dev/sda", "WASL-WIPE-OTHER-DEVICE"),
    ],
)
def test_a_device_that_is_not_named_is_left_alone(tmp_path: Path, asked: str, code: str) -> None:
    recorded = machine(tmp_path, HDD)
    with pytest.raises(DeviceError, match=code):
        wipe(recorded, Request(asked, "Amal"))


@pytest.mark.parametrize("person", ["", "  "])
def test_nobody_wipes_namelessly(tmp_path: Path, person: str) -> None:
    with pytest.raises(DeviceError, match="WASL-WIPE-NOBODY"):
        wipe(machine(tmp_path, HDD), Request(SERIAL, person))


ALIKE = "03aa0200-0400-0500-0006-000700080009"  # what a maker gave to a whole series
FIRST = Identity(ALIKE, "", "", "", ("D1",), ("aa:bb:cc:00:00:01",))
OTHER = Identity(ALIKE, "", "", "", ("D2",), ("aa:bb:cc:00:00:02",))


def test_a_device_without_a_serial_goes_by_the_number_that_is_recorded_for_it() -> None:
    number, _ = recognise(FIRST, {})
    with pytest.raises(DeviceError, match="WASL-WIPE-OTHER-DEVICE"):
        guard.require_named(FIRST, number)  # nobody has taken it in
    guard.require_named(FIRST, number, FIRST)
    guard.require_named(replace(FIRST, disks=("D9",)), number, FIRST)  # a new disk in it
    with pytest.raises(DeviceError, match="WASL-WIPE-OTHER-DEVICE"):
        guard.require_named(OTHER, number, FIRST)  # of the same UUID
    with pytest.raises(DeviceError, match="WASL-WIPE-OTHER-DEVICE"):
        guard.require_named(replace(FIRST, serial="S1"), number, FIRST)


def test_without_a_serial_the_uuid_or_the_number_names_it() -> None:
    nameless = Identity("", "", "", "", (), ("aa:bb:cc:00:00:01",))
    (number,) = guard.names(nameless)
    guard.require_named(nameless, number.upper())
    with pytest.raises(DeviceError, match="WASL-WIPE-OTHER-DEVICE"):
        guard.require_named(Identity(), "anything")


DISK = Disk("/dev/sda", "magnetic", "M", "S1", "", 1 << 30, 512, "sata", False, False, "", False)
USB = replace(DISK, path="/dev/sdb", kind="usb", serial="S2")
LOOP = replace(DISK, path="/dev/loop7", kind="practice", serial="a.img")


def test_all_means_the_device_s_own() -> None:
    stick = replace(USB, ours=True)
    assert guard.choose([DISK, USB, stick], [], practice=False) == [DISK]
    assert guard.choose([DISK, USB], ["S2"], practice=False) == [USB]
    # An inventory's blank cell names no disk: not even one without a serial.
    assert guard.choose([replace(USB, serial=""), DISK], [""], practice=False) == [DISK]


@pytest.mark.parametrize(
    ("found", "asked", "practice", "code"),
    [
        ([replace(DISK, in_use="/")], [], False, "WASL-WIPE-IN-USE"),
        ([DISK, replace(DISK, path="/dev/sdc", in_use="[SWAP]")], [], False, "WASL-WIPE-IN-USE"),
        ([replace(DISK, in_use="crypt luks-1")], ["/dev/sda"], False, "WASL-WIPE-IN-USE"),
        ([replace(USB, ours=True)], ["/dev/sdb"], False, "WASL-WIPE-OURS"),
        ([DISK], ["/dev/sdz"], False, "WASL-WIPE-NO-DISK"),
        ([USB, replace(USB, path="/dev/sdc")], ["S2"], False, "WASL-WIPE-SEVERAL"),
        ([USB], [], False, "WASL-WIPE-NO-DISK"),
        ([DISK], [], True, "WASL-WIPE-NO-DISK"),
        ([DISK, LOOP], ["/dev/sda"], True, "WASL-WIPE-REAL"),
    ],
)
def test_a_disk_in_doubt_refuses_everything(
    found: list[Disk], asked: list[str], practice: bool, code: str
) -> None:
    with pytest.raises(DeviceError, match=code):
        guard.choose(found, asked, practice=practice)


def test_practice_sees_no_real_disk() -> None:
    assert disks(Live(), ("/dev/loop999",)) == []


def test_this_computer_s_own_disk_is_in_use() -> None:
    """The machine that runs the tests has its root on a disk: that is what must be recognised."""
    roots = [disk for disk in disks(Live()) if "/" in disk.in_use.split(", ")]
    if not roots:
        pytest.skip("the root file system here is on no disk")
    with pytest.raises(DeviceError, match="WASL-WIPE-IN-USE"):
        guard.choose(roots, [], practice=False)


def test_two_namespaces_of_one_controller_are_refused(tmp_path: Path) -> None:
    first = nvme(sanicap=2)
    second = replace(first, path="/dev/nvme0n2", serial="S9")
    recorded = machine(tmp_path, first, second)
    assert [one["code"] for one in plan_of(recorded)] == ["WASL-WIPE-NAMESPACES"] * 2
    (told,) = plan_of(recorded, disks=(first.path,))  # an erase would reach the other one too
    assert told["code"] == "WASL-WIPE-NAMESPACES"


def test_a_card_reader_without_a_card_is_no_disk(tmp_path: Path) -> None:
    reader = replace(HDD, path="/dev/sdb", transport="usb", size=0)
    assert [one["disk"] for one in plan_of(machine(tmp_path, HDD, reader))] == ["/dev/sda"]


RAID = {"/sys/bus/pci/devices/0000:00:17.0/class": "0x010400"}
VMD = {
    "/sys/bus/pci/devices/0000:00:0e.0/class": "0x010802",
    "/sys/bus/pci/devices/0000:00:0e.0/remapped_nvme": "1",
}


@pytest.mark.parametrize("files", [RAID, VMD])
def test_disks_that_may_all_be_hidden_are_told_by_their_controller(
    tmp_path: Path, files: dict[str, str]
) -> None:
    (place,) = {path.split("/")[-2] for path in files}
    with pytest.raises(DeviceError, match="WASL-WIPE-RAID-MODE") as told:
        plan_of(machine(tmp_path, files=files))
    assert told.value.arguments == {"controller": place}
    with pytest.raises(DeviceError, match="WASL-WIPE-NO-DISK"):
        plan_of(machine(tmp_path))
