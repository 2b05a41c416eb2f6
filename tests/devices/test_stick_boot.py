"""A stick in a virtual computer: it starts, wipes and images the disk by itself, also cut off."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from playbooks.module_utils.wasl_device.signed import PublicKey, SigningKey
from playbooks.module_utils.wasl_device.wipe.plan import NVME_FORMAT, OVERWRITE
from tests.devices.machines import Bus, Firmware
from tests.devices.machines import why_not as why_no_machine
from tests.devices.sticks import (
    ENDED,
    HOURS,
    LOGIN,
    MIB,
    READY,
    RUN,
    SMALL,
    Bench,
    build,
    debugfs,
    entries,
    inside,
    place,
    stages,
)
from wasl.cli.main import main
from wasl.planes.devices import keys
from wasl.planes.devices.systems.tree import why_not as why_no_tree

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]


ERASED = {"nvme": (NVME_FORMAT, "nvme"), "sata": (OVERWRITE, "magnetic")}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    for reason in (why_no_tree(), why_no_machine()):
        if reason:
            pytest.skip(reason)
    return build(tmp_path_factory.mktemp("bench"), SMALL)


def test_the_stick_s_image_verifies(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with inside(bench.lab):
        assert main(["kit", "verify", str(bench.kit), "--country", "jo"]) == 0
    assert "signed by country" in capsys.readouterr().out


@pytest.mark.parametrize(("firmware", "bus"), [("secure", "sata"), ("bios", "nvme")])
def test_a_stick_makes_a_donated_computer_a_school_computer(
    firmware: Firmware, bus: Bus, bench: Bench, tmp_path: Path
) -> None:
    here = place(bench, tmp_path, firmware, bus, RUN)
    assert here.run() == 0
    data = here.data()
    assert stages(data) == [("intake", "done"), ("wipe", "done"), ("image", "done")]
    wiped = [one for one in entries(data) if one["stage"] == "wipe"][-1]
    (certificate,) = wiped["evidence"]["certificates"]
    technique, medium = ERASED[bus]
    assert (certificate["technique"], certificate["medium"]) == (technique.name, medium)
    record = ["devices", "verify-record", str(data / "devices/jo/records")]
    with inside(bench.lab):
        assert main(record) == 1  # the stick made its key itself: nobody has certified it yet
        station = SigningKey.load(data / "devices/jo/station/station.key").public
        keys.certify(bench.lab.home, station, f"Stick {firmware}", "zarqa-1", 30, ("record",))
        assert main(record) == 0
    with ExitStack() as stack:
        here.start(stack, with_stick=False).wait_for(LOGIN, seconds=HOURS)


def test_another_computer_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    here = place(bench, tmp_path, "bios", "sata", RUN | {"serial": "OTHER"})
    before = here.target.read_bytes()
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(ENDED, seconds=HOURS)
        computer.ended(HOURS)
        assert f"{ENDED} 1" in computer.said
        assert "WASL-WIPE-OTHER-DEVICE" in computer.said
    assert here.target.read_bytes() == before


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("stage", ["wipe", "image"])
def test_a_power_cut_is_made_good(stage: str, seed: int, bench: Bench, tmp_path: Path) -> None:
    here = place(bench, tmp_path, "bios", "sata", RUN)
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True, rate=100 * MIB)
        computer.wait_for(f"{stage:9} begun", seconds=HOURS)
        wait_for(CHANGED[stage], here.target)
        time.sleep(random.Random(seed).uniform(0, 5))
        computer.cut()
    assert (stage, "done") not in stages(here.data())
    with ExitStack() as stack:
        half = here.start(stack, with_stick=False)  # a half-written disk does not start
        assert LOGIN not in half.wait_for("No bootable", "Boot failed", LOGIN, seconds=HOURS)
    assert here.run() == 0
    assert stages(here.data())[-2:] == [("wipe", "done"), ("image", "done")]
    with ExitStack() as stack:
        here.start(stack, with_stick=False).wait_for(LOGIN, seconds=HOURS)


# What tells on the disk that a stage is at work: the former owner's data gone, the image's there.
CHANGED: dict[str, Callable[[BinaryIO], bool]] = {
    "wipe": lambda file: not any(read(file, 8 * MIB, 8 * MIB)),
    "image": lambda file: any(read(file, 100 * MIB, 64 * MIB)),
}


def read(file: BinaryIO, start: int, length: int) -> bytes:
    file.seek(start)
    return file.read(length)


def wait_for(seen: Callable[[BinaryIO], bool], target: Path) -> None:
    """Until it is seen on the disk."""
    for _ in range(10 * HOURS):
        with target.open("rb") as file:
            if seen(file):
                return
        time.sleep(0.1)
    raise AssertionError("nothing was written")


def test_a_certified_stick_shows_its_console_on_the_screen(bench: Bench, tmp_path: Path) -> None:
    here = place(bench, tmp_path, "bios", "sata")
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(READY, seconds=HOURS)
        assert "not yet certified" in computer.said
        told = next(word for word in computer.said.split() if word.startswith("ed25519:"))
        computer.switch_off(HOURS)
    statement = keys.certify(
        bench.lab.home, PublicKey.parse(told), "Stick 9", "zarqa-1", 30, ("record",)
    )
    there = ("cd devices/jo", "mkdir statements", "cd statements")
    debugfs(here.stick, *there, f"write {statement} {statement.name}", write=True)
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(READY, seconds=HOURS)
        assert "not yet certified" not in computer.said
        computer.shows(tmp_path / "console.ppm", colours=64, seconds=HOURS)
