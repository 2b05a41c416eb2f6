"""Disks that lie or fail, runs that are killed: no false certificate, no half system."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from playbooks.module_utils.wasl_device import blocks, signed
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.image import build, layout, source
from playbooks.module_utils.wasl_device.image.write import Tally, write
from playbooks.module_utils.wasl_device.machine import Live, Practice, Recorded
from playbooks.module_utils.wasl_device.progress import Progress
from playbooks.module_utils.wasl_device.wipe.overwrite import BLOCK, overwrite
from playbooks.module_utils.wasl_device.wipe.run import Request, wipe
from tests.devices.conftest import Ministry
from tests.devices.lying import Liar, lying_disk, why_no_fuse
from wasl.planes.devices.practice import Computer, recording

MIB = 1 << 20
SIZE = 24 * MIB
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def liar(tmp_path: Path) -> Iterator[Liar]:
    if reason := why_no_fuse():
        pytest.skip(reason)
    with lying_disk(tmp_path, SIZE) as made:
        made.backing.write_bytes(random.Random(5).randbytes(SIZE))
        yield made


def wiped(tmp_path: Path, disk: str) -> dict[str, Any]:
    path = tmp_path / "recording.json"
    path.write_text(json.dumps(recording(Computer())))
    machine = Practice(Recorded.load(path), Live())
    return wipe(machine, Request("BK5RJ22", "Amal", practice=(disk,), state=tmp_path / "state"))


def failure(told: dict[str, Any]) -> tuple[str, dict[str, str]]:
    assert told["complete"] is False
    assert told["certificates"] == []
    (one,) = told["failures"]
    return one["code"], one["arguments"]


def test_an_honest_disk_behind_fuse_is_wiped(tmp_path: Path, liar: Liar) -> None:
    assert wiped(tmp_path, liar.disk)["complete"]
    assert not any(liar.backing.read_bytes())


def test_a_disk_that_loses_writes_is_never_called_wiped(tmp_path: Path, liar: Liar) -> None:
    liar.order(lose_writes=[(9 * MIB, 9 * MIB + 4096)])
    code, arguments = failure(wiped(tmp_path, liar.disk))
    assert code == "WASL-DISK-LIES"
    assert int(arguments["offset"]) // MIB == 9


@pytest.mark.parametrize("loses", [True, False])
def test_a_disk_that_reads_as_zeros_whatever_it_keeps_is_never_called_wiped(
    tmp_path: Path, liar: Liar, loses: bool
) -> None:
    everywhere = [(0, SIZE)]
    liar.order(read_zeros=everywhere, lose_writes=everywhere if loses else [])
    code, _ = failure(wiped(tmp_path, liar.disk))
    assert code == "WASL-DISK-LIES"
    assert any(liar.backing.read_bytes()) == loses


def test_a_cut_off_wipe_of_a_disk_that_reads_as_zeros_is_found_in_the_next_run(
    tmp_path: Path, liar: Liar
) -> None:
    (tmp_path / "state").mkdir()
    name = hashlib.sha256(b"disk").hexdigest()[:16]
    mark = json.dumps({"size": SIZE, "position": SIZE})
    (tmp_path / "state" / f"mark-{name}.json").write_text(mark)
    liar.order(read_zeros=[(0, SIZE)], lose_writes=[(0, SIZE)])
    assert failure(wiped(tmp_path, liar.disk))[0] == "WASL-DISK-LIES"


def test_a_disk_that_takes_nothing_at_all_is_told(tmp_path: Path, liar: Liar) -> None:
    liar.order(write_errors=[(0, SIZE)])
    assert failure(wiped(tmp_path, liar.disk))[0] == "WASL-DISK-WRITE"


def test_sectors_that_cannot_be_written_fail_and_all_others_are_wiped(
    tmp_path: Path, liar: Liar
) -> None:
    bad = (10 * MIB + 8192, 10 * MIB + 16384)
    liar.order(write_errors=[bad])
    code, arguments = failure(wiped(tmp_path, liar.disk))
    left = liar.backing.read_bytes()
    assert any(left[slice(*bad)])
    assert code == "WASL-WIPE-BAD-SECTORS"
    assert (arguments["offset"], arguments["count"]) == (str(bad[0]), "2")
    assert not any(left[: bad[0]])
    assert not any(left[bad[1] :])


def test_sectors_that_fail_when_written_once_more_are_bad_sectors(liar: Liar) -> None:
    """What was lost at first is written again after the read-back, and that may fail too."""
    place = 9 * MIB + 4096
    liar.order(lose_writes=[(place, place + 4096)])

    class Turning(Progress):
        def begin(self, step: str, total: int) -> None:
            super().begin(step, total)
            if step == "read back":
                liar.order(write_errors=[(place, place + 4096)])

    with blocks.opened(liar.disk, write=True) as target:
        done = overwrite(target, "S1", None, Turning("wipe", liar.disk))
    assert done.unwritable == [place]
    assert not done.is_clean


def test_sectors_that_cannot_be_read_back_fail(tmp_path: Path, liar: Liar) -> None:
    liar.order(read_errors=[(5 * MIB, 5 * MIB + 1)])
    code, arguments = failure(wiped(tmp_path, liar.disk))
    assert code == "WASL-WIPE-BAD-SECTORS"
    assert arguments["offset"] == str(5 * MIB)


@pytest.fixture
def image(tmp_path: Path, ministry: Ministry) -> Path:
    raw = tmp_path / "raw.img"
    raw.write_bytes(random.Random(8).randbytes(12 * MIB) + bytes(6 * MIB))
    naming = build.Naming("system", "jo", "2026-03-01T00:00:00Z")
    build.build(raw, tmp_path / "system.wimg", naming, ministry.key, chunk_size=MIB)
    return tmp_path / "system.wimg"


def put(image: Path, disk: str) -> Tally:
    with source.opened(str(image)) as origin, blocks.opened(disk, write=True) as target:
        body, key = signed.opened(layout.read_document(origin), layout.KIND)
        return write(origin, layout.index(body, key.id, origin), target, threads=2)


@pytest.mark.parametrize(
    ("orders", "code"),
    [
        ({"read_zeros": [(3 * MIB + 4096, 3 * MIB + 8192)]}, "WASL-DISK-LIES"),
        ({"lose_writes": [(7 * MIB, 7 * MIB + 4096)]}, "WASL-DISK-LIES"),
        ({"lose_writes": [(0, 4096)]}, "WASL-DISK-LIES"),
        ({"lose_writes": [(14 * MIB, 14 * MIB + 4096)]}, "WASL-DISK-LIES"),
        ({"read_errors": [(4 * MIB, 4 * MIB + 1)]}, "WASL-DISK-READ"),
        ({"write_errors": [(6 * MIB, 6 * MIB + 1)]}, "WASL-DISK-WRITE"),
    ],
)
def test_an_image_on_a_bad_disk_is_an_error_and_does_not_boot(
    image: Path, liar: Liar, orders: dict[str, list[tuple[int, int]]], code: str
) -> None:
    liar.order(**orders)
    with pytest.raises(DeviceError, match=code):
        put(image, liar.disk)
    liar.order()
    table = liar.backing.read_bytes()[:32768]
    raw = (image.parent / "raw.img").read_bytes()[:32768]
    assert table != raw, "a half-written image would boot"


def test_a_full_place_for_the_record_is_an_error(tmp_path: Path, image: Path) -> None:
    """A raw image onto a file system that is full: the builder leaves nothing behind."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], check=True)
    try:
        naming = build.Naming("system", "jo", "2026-03-01T00:00:00Z")
        with pytest.raises(DeviceError, match="WASL-MEDIUM-FULL"):
            build.build(tmp_path / "raw.img", place / "x.wimg", naming, signed.SigningKey.make())
        assert list(place.iterdir()) == []
    finally:
        subprocess.run(["umount", str(place)], check=True)


KILLED = """
import json, os, sys, time
from pathlib import Path
from playbooks.module_utils.wasl_device import blocks, signed
from playbooks.module_utils.wasl_device.image import layout, source
from playbooks.module_utils.wasl_device.image.write import write
from playbooks.module_utils.wasl_device.progress import Progress
from playbooks.module_utils.wasl_device.wipe import overwrite

what, disk, other, stop = sys.argv[1:]
overwrite.CHECKPOINT = 0


def position(mark):
    return json.loads(mark.read_text())["position"]


class Stopping(Progress):
    # Says when so many bytes are done, and goes no further: now it is killed.

    def advance(self, amount):
        super().advance(amount)
        if self.done < int(stop) or not int(stop):
            return
        if what == "wipe" and not any(map(position, Path(other).glob("mark-*"))):
            time.sleep(0.02)  # the one who moves the mark had no turn yet
        else:
            os.write(1, b"there\\n")  # whole, whichever thread comes first
            time.sleep(600)


progress = Stopping(what, disk)
with blocks.opened(disk, write=True) as target:
    print("begun", flush=True)
    if what == "wipe":
        done = overwrite.overwrite(target, "S1", Path(other), progress)
        print(json.dumps(done.as_json()))
    else:
        with source.opened(other) as origin:
            body, key = signed.opened(layout.read_document(origin), layout.KIND)
            index = layout.index(body, key.id, origin)
            done = write(origin, index, target, progress, threads=2)
            print(json.dumps(done.as_json()))
"""


Begin = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def begin(disk: Callable[..., str]) -> Iterator[Begin]:
    """Starts a wipe or an image; none outlives the test, nor the disks that it works on."""
    begun: list[subprocess.Popen[str]] = []

    def start(what: str, disk: str, other: Path, stop: int = 0) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", KILLED, what, disk, str(other), str(stop)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        begun.append(process)
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


def kill_there(process: subprocess.Popen[str]) -> None:
    """Kill it in the midst of its work, where it was told to stop."""
    assert process.stdout
    assert process.stdout.readline() == "there\n"
    process.kill()
    assert process.wait() == -signal.SIGKILL


def kill_after(process: subprocess.Popen[str], seconds: float) -> bool:
    """Whether it was still at work when it was killed."""
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() != 0


def seeds(short: int, long: int) -> list[object]:
    return [
        pytest.param(seed, marks=[] if seed < short else [pytest.mark.long]) for seed in range(long)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(3, 20))
def test_a_killed_wipe_ends_right_when_run_again(
    tmp_path: Path, disk: Callable[..., str], begin: Begin, seed: int
) -> None:
    size = 24 * BLOCK
    loop, state = disk("one", size), tmp_path / "state"
    state.mkdir()
    rng = random.Random(seed)
    with open(loop, "r+b") as device:
        for _ in range(24):
            device.write(rng.randbytes(BLOCK))
    kill_there(begin("wipe", loop, state, size // 3))
    (mark,) = state.glob("mark-*.json")
    assert 0 < json.loads(mark.read_text())["position"] < size
    with open(loop, "rb") as device:
        assert any(device.read()), "nothing was left to wipe when it was killed"
    for _ in range(2):
        kill_after(begin("wipe", loop, state), rng.uniform(0, 0.25))
    kill_there(begin("wipe", loop, state, size // 3))
    last = begin("wipe", loop, state)
    assert last.stdout
    told = json.loads(last.stdout.read())
    assert last.wait() == 0
    assert told["resumed_at"] > 0
    assert told["read_back"] == size
    with open(loop, "rb") as device:
        assert not any(device.read())


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(3, 20))
def test_a_killed_image_ends_right_and_rewrites_little(
    tmp_path: Path, disk: Callable[..., str], begin: Begin, ministry: Ministry, seed: int
) -> None:
    raw = tmp_path / "raw.img"
    rng = random.Random(seed)
    raw.write_bytes(rng.randbytes(64 * MIB))
    image = tmp_path / "system.wimg"
    naming = build.Naming("system", "jo", "2026-03-01T00:00:00Z")
    build.build(raw, image, naming, ministry.key, chunk_size=MIB)
    loop, table = disk("one", 66 * MIB), raw.read_bytes()[:32768]
    kill_there(begin("image", loop, image, 8 * MIB))
    with open(loop, "rb") as device:
        assert device.read(32768) != table, "half of a system would boot"
    written_before = 0
    for _ in range(3):
        if not kill_after(begin("image", loop, image), rng.uniform(0, 0.3)):
            written_before = 0  # it ended before the kill: nothing is left to compare
            break
        with open(loop, "rb") as device:
            now = device.read(64 * MIB)
        if now[:32768] == table:
            written_before = 0
            break
        chunks = range(1, 63)
        place = raw.read_bytes()
        same = sum(now[c * MIB : (c + 1) * MIB] == place[c * MIB : (c + 1) * MIB] for c in chunks)
        assert same >= written_before, "a resumed run lost what was there"
        written_before = same
    last = begin("image", loop, image)
    assert last.stdout
    told = json.loads(last.stdout.read())
    assert last.wait() == 0
    with open(loop, "rb") as device:
        assert device.read(64 * MIB) == raw.read_bytes()
    if written_before:
        assert told["kept"] == written_before * MIB
