"""Wiping practice disks for real: overwritten, read back, resumed, never called wiped."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import blocks
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.hardware.disks import Disk, disks
from playbooks.module_utils.wasl_device.machine import Live, Machine, Output, Practice, Recorded
from playbooks.module_utils.wasl_device.progress import Progress
from playbooks.module_utils.wasl_device.wipe import firmware, guard
from playbooks.module_utils.wasl_device.wipe import plan as ways
from playbooks.module_utils.wasl_device.wipe import run as running
from playbooks.module_utils.wasl_device.wipe.marks import MARKS
from playbooks.module_utils.wasl_device.wipe.overwrite import BLOCK, overwrite
from playbooks.module_utils.wasl_device.wipe.plan import Technique
from playbooks.module_utils.wasl_device.wipe.run import Request, wipe
from wasl.planes.devices.practice import Computer, ata_identify, recording

MIB = 1 << 20
SERIAL = "BK5RJ22"
Disks = Callable[..., str]


@pytest.fixture
def laptop(tmp_path: Path) -> Machine:
    """A recorded laptop whose disks are this machine's loop devices."""
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(recording(Computer())))
    return Practice(Recorded.load(path), Live())


def fill(disk: str, size: int, seed: int = 3) -> None:
    with open(disk, "r+b") as device:
        device.write(random.Random(seed).randbytes(size))
        os.fsync(device.fileno())


def content(disk: str) -> bytes:
    with open(disk, "rb") as device:
        return device.read()


def test_two_disks_at_once_and_a_certificate_each(
    tmp_path: Path, laptop: Machine, disk: Disks
) -> None:
    one, two = disk("one", 20 * MIB), disk("two", 9 * MIB + 4096)
    fill(one, 20 * MIB)
    fill(two, 9 * MIB + 4096)
    told = wipe(laptop, Request(SERIAL, "Amal", practice=(one, two), state=tmp_path / "state"))
    assert told["complete"]
    assert not told["failures"]
    assert not any(content(one))
    assert not any(content(two))
    first = told["certificates"][0]
    assert (first["medium"], first["serial"], first["method"]) == ("practice", "one.img", "Clear")
    assert first["standard"] == "NIST SP 800-88 Rev. 2"
    assert first["read_back"]["bytes"] == first["read_back"]["of"] == 20 * MIB
    assert first["read_back"]["marks"] == MARKS
    assert list((tmp_path / "state").glob("mark-*")) == []


def test_only_the_named_disk_is_wiped(tmp_path: Path, laptop: Machine, disk: Disks) -> None:
    one, two = disk("one", 8 * MIB), disk("two", 8 * MIB)
    fill(one, 8 * MIB)
    fill(two, 8 * MIB)
    wipe(laptop, Request(SERIAL, "Amal", disks=("two.img",), practice=(one, two)))
    assert any(content(one))
    assert not any(content(two))


def test_the_wrong_serial_touches_nothing(laptop: Machine, disk: Disks) -> None:
    loop = disk("one", 8 * MIB)
    fill(loop, 8 * MIB)
    before = content(loop)
    with pytest.raises(DeviceError, match="WASL-WIPE-OTHER-DEVICE"):
        wipe(laptop, Request("OTHER", "Amal", practice=(loop,)))
    assert content(loop) == before


def test_a_mounted_disk_is_refused_twice(tmp_path: Path, laptop: Machine, disk: Disks) -> None:
    """By what lsblk says, and by the kernel when the disk is opened."""
    loop = disk("one", 16 * MIB)
    if shutil.which("mkfs.ext4") is None:
        pytest.skip("not installed: mkfs.ext4")
    subprocess.run(["mkfs.ext4", "-q", loop], check=True)
    place = tmp_path / "mounted"
    place.mkdir()
    subprocess.run(["mount", loop, str(place)], check=True)
    try:
        with pytest.raises(DeviceError, match="WASL-WIPE-IN-USE"):
            wipe(laptop, Request(SERIAL, "Amal", practice=(loop,)))
        with pytest.raises(DeviceError, match="WASL-DISK-IN-USE"), blocks.opened(loop, write=True):
            pass
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_place_for_marks_that_cannot_be_written_stops_before_anything(
    tmp_path: Path, laptop: Machine, disk: Disks
) -> None:
    loop = disk("one", 8 * MIB)
    fill(loop, 8 * MIB)
    (tmp_path / "state").write_text("a file, no folder")
    with pytest.raises(DeviceError, match="WASL-MEDIUM-GONE"):
        wipe(laptop, Request(SERIAL, "Amal", practice=(loop,), state=tmp_path / "state"))
    assert any(content(loop))


def mark_of(state: Path) -> Path:
    """Where the mark of the disk named S1 stands."""
    return state / f"mark-{hashlib.sha256(b'S1').hexdigest()[:16]}.json"


def test_a_cut_off_wipe_goes_on_where_it_was(tmp_path: Path, disk: Disks) -> None:
    loop, size = disk("one", 10 * BLOCK), 10 * BLOCK
    fill(loop, size)
    state = tmp_path / "state"
    state.mkdir()
    with blocks.opened(loop, write=True) as opened:
        stopped = Cut("wipe", "x", at=6 * BLOCK)
        with pytest.raises(KeyboardInterrupt):
            overwrite(opened, "S1", state, stopped)
    mark_of(state).write_text(json.dumps({"size": size, "position": 5 * BLOCK}))
    with blocks.opened(loop, write=True) as opened:
        done = overwrite(opened, "S1", state, Progress("wipe", "x"))
    assert done.resumed_at == 5 * BLOCK
    assert done.written == 5 * BLOCK
    assert done.read_back == size
    assert done.is_clean
    assert not any(content(loop))


def test_marks_are_planted_where_an_earlier_run_had_been_too(tmp_path: Path, disk: Disks) -> None:
    """All was written when it was cut off: the next run shows that the disk keeps anything."""
    loop = disk("one", 2 * BLOCK)
    mark_of(tmp_path).write_text(json.dumps({"size": 2 * BLOCK, "position": 2 * BLOCK}))
    with blocks.opened(loop, write=True) as opened:
        done = overwrite(opened, "S1", tmp_path, Progress("wipe", "x"))
    assert (done.resumed_at, done.marks, done.mended) == (2 * BLOCK, MARKS, 0)
    assert done.is_clean
    assert not any(content(loop))


@dataclass
class Cut(Progress):
    """Ends the run after so many bytes, as a technician's Ctrl-C does."""

    at: int = 0

    def advance(self, amount: int) -> None:
        super().advance(amount)
        if self.done >= self.at:
            raise KeyboardInterrupt


def test_a_wrong_mark_does_no_harm(tmp_path: Path, disk: Disks) -> None:
    """Someone used the disk since: what stands before the mark is found and wiped."""
    loop, size = disk("one", 4 * BLOCK), 4 * BLOCK
    fill(loop, size)
    state = tmp_path / "state"
    state.mkdir()
    with blocks.opened(loop, write=True) as opened, pytest.raises(KeyboardInterrupt):
        overwrite(opened, "S1", state, Cut("wipe", "x", at=BLOCK))
    mark_of(state).write_text(json.dumps({"size": size, "position": 3 * BLOCK}))
    fill(loop, size)
    with blocks.opened(loop, write=True) as opened:
        done = overwrite(opened, "S1", state, Progress("wipe", "x"))
    assert done.is_clean
    assert done.mended == 3 * BLOCK
    assert not any(content(loop))


@pytest.mark.parametrize("text", ["{", "[]", '{"size": 1, "position": 0}', '{"position": "x"}'])
def test_a_broken_mark_starts_anew(tmp_path: Path, disk: Disks, text: str) -> None:
    loop = disk("one", BLOCK)
    fill(loop, BLOCK)
    mark_of(tmp_path).write_text(text)
    with blocks.opened(loop, write=True) as opened:
        done = overwrite(opened, "S1", tmp_path, Progress("wipe", "x"))
    assert (done.resumed_at, done.is_clean) == (0, True)


@dataclass
class Firmware:
    """A disk's firmware behind its tools: what it does to the practice disk, and what it says."""

    loop: str
    size: int
    lies: bool = False
    status: int = 0
    logs: list[tuple[int, int]] = field(default_factory=lambda: [(30_000, 2), (0xFFFF, 1)])
    asked: list[tuple[str, ...]] = field(default_factory=list)
    is_live: bool = True

    def run(self, *command: str, timeout: float = 0) -> Output:
        self.asked.append(command)
        if command[:2] == ("nvme", "get-log"):
            progress, status = self.logs.pop(0) if len(self.logs) > 1 else self.logs[0]
            data = struct.pack("<HH", progress, status).ljust(512, b"\0")
            return Output(0, data.decode("latin-1"))
        if "--sanitize-status" in command:
            state = "SD2 Sanitize operation In Process" if len(self.logs) > 1 else self._ended()
            self.logs = self.logs[1:]
            return Output(0, f"\n/dev/sda:\nSanitize status:\n    State:    {state}\n")
        erases = any("erase" in word or "sanact" in word or "ses=" in word for word in command)
        if (erases or "--sanitize-crypto-scramble" in command) and not (self.lies or self.status):
            fill(self.loop, self.size, seed=99)
        return Output(self.status, "", "Invalid Command Opcode" if self.status else "")

    def _ended(self) -> str:
        well = "    Last Sanitize Operation Completed Without Error"
        return "SD0 Sanitize Idle\n" + (well if self.logs[-1][1] == 1 else "    failed")

    def read(self, path: str) -> str:
        return ""

    def glob(self, pattern: str) -> list[str]:
        return []


ALL = [
    *ways.NVME_SANITIZE.values(),
    ways.NVME_FORMAT,
    ways.NVME_FORMAT_CRYPTO,
    ways.ATA_SANITIZE["block"],
    ways.ATA_SANITIZE["crypto"],
    ways.ATA_ERASE,
    ways.ATA_ERASE_ENHANCED,
]


def by_firmware(tools: Firmware, way: Technique) -> dict[str, object]:
    found = Disk(tools.loop, "nvme", "", "S", "", tools.size, 512, "", False, False, "", False)
    return firmware.erase(tools, found, way, Progress("wipe", "x"), sleep=lambda _: None)


@pytest.mark.parametrize("way", ALL, ids=lambda way: way.name)
def test_a_firmware_erase_is_proven(disk: Disks, way: Technique) -> None:
    loop, size = disk("one", 32 * MIB), 32 * MIB
    fill(loop, size)
    tools = Firmware(loop, size)
    proof = by_firmware(tools, way)
    assert proof["marks"] == MARKS
    assert int(str(proof["bytes"])) * 10 >= size
    if way.method == "Clear" and way.tool == "nvme":
        assert any(word in ("--ses=1", "--ses=2") for word in tools.asked[-1])


@pytest.mark.parametrize("way", ALL, ids=lambda way: way.name)
@pytest.mark.parametrize("full", [True, False], ids=["data", "empty"])
def test_an_erase_that_erases_nothing_is_found(disk: Disks, way: Technique, full: bool) -> None:
    loop, size = disk("one", 32 * MIB), 32 * MIB
    if full:
        fill(loop, size)
    with pytest.raises(DeviceError, match="WASL-WIPE-NOTHING"):
        by_firmware(Firmware(loop, size, lies=True), way)


@pytest.mark.parametrize(
    ("change", "way", "code"),
    [
        ({"status": 1}, ways.NVME_FORMAT, "WASL-WIPE-COMMAND"),
        ({"status": 5}, ways.ATA_SANITIZE["block"], "WASL-WIPE-COMMAND"),
        ({"logs": [(1, 2), (0xFFFF, 3)]}, ways.NVME_SANITIZE["block"], "WASL-WIPE-FAILED"),
        ({"logs": [(0xFFFF, 0)]}, ways.NVME_SANITIZE["crypto"], "WASL-WIPE-FAILED"),
        ({"logs": [(1, 2), (0xFFFF, 3)]}, ways.ATA_SANITIZE["block"], "WASL-WIPE-FAILED"),
    ],
)
def test_a_firmware_that_fails_says_so(
    disk: Disks, change: dict[str, Any], way: Technique, code: str
) -> None:
    tools = replace(Firmware(disk("one", 8 * MIB), 8 * MIB), **change)
    with pytest.raises(DeviceError, match=code):
        by_firmware(tools, way)


@dataclass
class Locked(Firmware):
    """An SSD that our own erase left locked when the power went: it wants our password again."""

    computer: Machine = field(default_factory=Live)
    password: str = firmware.PASSWORD
    locked: bool = True
    is_live: bool = False

    def run(self, *command: str, timeout: float = 0) -> Output:
        if command[0] == "hdparm" and "--security-disable" in command:
            self.locked = self.locked and command[-2] != self.password
        if command[:2] == ("hdparm", "-V"):
            return Output(0, "hdparm v9.65\n")
        if command[:2] in (("hdparm", "--Istdout"), ("hdparm", "-N")):
            words = {217: 1, 128: 0b111 if self.locked else 0b1}
            told = ata_identify(self.loop, words, 1000)
            return Output(0, told[" ".join(command)])
        if command[0] == "dmidecode":
            return self.computer.run(*command, timeout=timeout)
        return super().run(*command, timeout=timeout)


def locked(monkeypatch: pytest.MonkeyPatch, laptop: Machine, loop: str, password: str) -> Locked:
    """As `disks` would find it, but that a loop device stands for it."""
    found = Disk(loop, "ssd", "", "S", "", 8 * MIB, 512, "sata", False, False, "", False)
    monkeypatch.setattr(running, "disks", lambda *_: [found])
    monkeypatch.setattr(guard, "choose", lambda found, *_, **__: list(found))
    return Locked(loop, 8 * MIB, computer=laptop, password=password)


def test_a_disk_that_our_own_erase_left_locked_is_unlocked_and_erased(
    laptop: Machine, disk: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = locked(monkeypatch, laptop, disk("one", 8 * MIB), firmware.PASSWORD)
    (planned,) = running.plan(tools, Request(SERIAL, "Amal"))
    assert planned.as_json()["code"] == "WASL-WIPE-LOCKED"
    told = wipe(tools, Request(SERIAL, "Amal"))
    (certificate,) = told["certificates"]
    assert certificate["technique"] == "ATA SECURITY ERASE UNIT"
    assert (certificate["tool"], certificate["tool_version"]) == ("hdparm", "9.65")
    assert not told["failures"]


def test_a_disk_that_somebody_else_locked_stays_locked(
    laptop: Machine, disk: Disks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = locked(monkeypatch, laptop, disk("one", 8 * MIB), "donor's")
    told = wipe(tools, Request(SERIAL, "Amal"))
    assert [one["code"] for one in told["failures"]] == ["WASL-WIPE-LOCKED"]
    assert not told["certificates"]


def test_a_controller_in_raid_mode_makes_the_wipe_incomplete(
    laptop: Machine, disk: Disks, tmp_path: Path
) -> None:
    """What was seen is wiped; what may hide is told."""
    path = tmp_path / "raid.json"
    raid = {"/sys/bus/pci/devices/0000:00:17.0/class": "0x010400"}
    path.write_text(json.dumps(recording(Computer(files=raid))))
    loop = disk("one", 8 * MIB)
    here = Practice(Recorded.load(path), Live(), is_live=True)
    told = wipe(here, Request(SERIAL, "Amal", practice=(loop,)))
    (failure,) = told["failures"]
    assert failure["code"] == "WASL-WIPE-RAID-MODE"
    assert failure["arguments"] == {"controller": "0000:00:17.0"}
    assert len(told["certificates"]) == 1
    assert not told["complete"]


def test_practice_disks_are_seen_with_the_name_of_their_file(disk: Disks) -> None:
    loop = disk("one", MIB)
    (found,) = disks(Live(), (loop,))
    assert (found.kind, found.serial, found.size) == ("practice", "one.img", MIB)
