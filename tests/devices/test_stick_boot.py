"""A stick in a virtual computer: it starts, wipes and images the disk by itself, also cut off."""

from __future__ import annotations

import json
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from playbooks.module_utils.wasl_device.signed import SigningKey
from tests.devices.lab import Lab
from tests.devices.machines import Bus, Firmware, Virtual, disk, virtual
from tests.devices.machines import why_not as why_no_machine
from wasl.cli.main import main
from wasl.planes.devices import keys
from wasl.planes.devices.systems.tree import why_not as why_no_tree

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]
MIB = 1 << 20
SIZE = 2048 * MIB
HOURS = 1800  # seconds: an emulated processor on a busy machine
LOGIN, ENDED = "wasl login:", "wasl: ended with status"
SMALL = "  image: {sets: [base]}\n  sites:\n"
RUN = {"site": "zarqa-1", "serial": "BK5RJ01", "person": "Amal", "then": "poweroff"}


@dataclass(frozen=True)
class Bench:
    """A stick's image made by the country, and where computers are tried."""

    lab: Lab
    kit: Path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    for reason in (why_no_tree(), why_no_machine()):
        if reason:
            pytest.skip(reason)
    lab = Lab(tmp_path_factory.mktemp("bench"), lambda *_: "")
    lab.prepare()
    manifest = lab.root / "countries" / "jo.yaml"
    manifest.write_text(manifest.read_text().replace("  sites:\n", SMALL))
    kit = lab.root / "kit.img"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(lab.root)
        patch.setenv("WASL_HOME", str(lab.root / ".wasl"))
        assert main(["kit", "lock", "jo"]) == 0
        assert main(["kit", "image", "jo"]) == 0
        assert main(["kit", "build", "jo", "-o", str(kit)]) == 0
        yield Bench(lab, kit)


@dataclass(frozen=True)
class Place:
    """A stick and a donated computer's disk, full of its former owner's data."""

    folder: Path
    stick: Path
    target: Path
    firmware: Firmware
    bus: Bus

    def start(self, stack: ExitStack, *, with_stick: bool) -> Virtual:
        words = [*disk(self.target, "TARGET1", self.bus)]
        if with_stick:
            words += disk(self.stick, "STICK1", "usb")
        name = "stick" if with_stick else "device"
        made = virtual(self.folder, name, *words, firmware=self.firmware, memory=2048)
        return stack.enter_context(made)

    def data(self) -> Path:
        """What the stick keeps, read off its third partition."""
        out = self.folder / "data"
        out.mkdir()
        debugfs(self.stick, f"rdump / {out}")
        return out


def place(bench: Bench, folder: Path, firmware: Firmware, bus: Bus, **run: str) -> Place:
    stick, target = folder / "stick.img", folder / "target.img"
    subprocess.run(["cp", "--sparse=always", str(bench.kit), str(stick)], check=True)
    with target.open("xb") as file:
        file.write(random.Random(1).randbytes(32 * MIB))
        file.truncate(SIZE)
    (folder / "run.yml").write_text(yaml.safe_dump({**RUN, **run}))
    debugfs(stick, f"write {folder / 'run.yml'} run.yml", "-w")
    return Place(folder, stick, target, firmware, bus)


def debugfs(stick: Path, request: str, *options: str) -> None:
    """Something done on wasl-data."""
    told = subprocess.run(["sfdisk", "--json", str(stick)], capture_output=True, check=True)
    rows = json.loads(told.stdout)["partitiontable"]["partitions"]
    (start,) = [row["start"] * 512 for row in rows if row["name"] == "wasl-data"]
    command = ["debugfs", *options, "-R", request, f"{stick}?offset={start}"]
    subprocess.run(command, check=True, capture_output=True)


def stages(data: Path) -> list[tuple[str, str]]:
    """Stage and outcome of every entry of the one record."""
    (record,) = data.glob("devices/jo/records/*/*.jsonl")
    bodies = [json.loads(line)["body"] for line in record.read_text().splitlines()]
    return [(body["stage"], body["outcome"]) for body in bodies]


def test_the_stick_s_image_verifies(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kit", "verify", str(bench.kit), "--country", "jo"]) == 0
    assert "signed by country" in capsys.readouterr().out


@pytest.mark.parametrize(("firmware", "bus"), [("secure", "sata"), ("bios", "nvme")])
def test_a_stick_makes_a_donated_computer_a_school_computer(
    firmware: Firmware, bus: Bus, bench: Bench, tmp_path: Path
) -> None:
    here = place(bench, tmp_path, firmware, bus)
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(ENDED, seconds=HOURS)
        computer.ended(HOURS)
        assert f"{ENDED} 0" in computer.said
    data = here.data()
    assert stages(data) == [("intake", "done"), ("wipe", "done"), ("image", "done")]
    record = ["devices", "verify-record", str(data / "devices/jo/records")]
    assert main(record) == 1  # the stick made its key itself: nobody has certified it yet
    station = SigningKey.load(data / "devices/jo/station/station.key").public
    keys.certify(bench.lab.home, station, f"Stick {firmware}", "zarqa-1", 30, ("record",))
    assert main(record) == 0
    with ExitStack() as stack:
        here.start(stack, with_stick=False).wait_for(LOGIN, seconds=HOURS)


def test_another_computer_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    here = place(bench, tmp_path, "bios", "sata", serial="OTHER")
    before = here.target.read_bytes()
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(ENDED, seconds=HOURS)
        computer.ended(HOURS)
        assert f"{ENDED} 1" in computer.said
        assert "WASL-WIPE-OTHER-DEVICE" in computer.said
    assert here.target.read_bytes() == before


def test_a_power_cut_in_the_image_stage_is_made_good(bench: Bench, tmp_path: Path) -> None:
    here = place(bench, tmp_path, "bios", "sata")
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for("image     begun", seconds=HOURS)
        wait_for_data(here.target)
        computer.cut()
    with ExitStack() as stack:
        half = here.start(stack, with_stick=False)  # a half-written disk does not start
        assert LOGIN not in half.wait_for("No bootable", "Boot failed", LOGIN, seconds=HOURS)
    with ExitStack() as stack:
        computer = here.start(stack, with_stick=True)
        computer.wait_for(ENDED, seconds=HOURS)
        computer.ended(HOURS)
        assert f"{ENDED} 0" in computer.said
    assert stages(here.data())[-1] == ("image", "done")
    with ExitStack() as stack:
        here.start(stack, with_stick=False).wait_for(LOGIN, seconds=HOURS)


def wait_for_data(target: Path) -> None:
    """Until some of the image has come to the disk."""
    for _ in range(HOURS):
        with target.open("rb") as file:
            file.seek(100 * MIB)
            if any(file.read(64 * MIB)):
                return
        time.sleep(1)
    raise AssertionError("nothing was written")
