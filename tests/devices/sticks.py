"""Sticks made by a lab's country, and the donated computers that they are put into."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.devices.lab import Lab
from tests.devices.machines import Bus, Firmware, Virtual, disk, virtual
from wasl.cli.main import main

MIB = 1 << 20
HOURS = 1800  # seconds: an emulated processor on a busy machine
LOGIN, ENDED, READY = " login:", "wasl: ended with status", "wasl: ready"
SMALL = "  image: {sets: [base]}\n"  # of the manifest's devices
RUN = {"site": "zarqa-1", "serial": "BK5RJ01", "person": "Amal", "then": "poweroff"}


@dataclass(frozen=True)
class Bench:
    """A stick's image made by the country, and where computers are tried."""

    lab: Lab
    kit: Path


@contextmanager
def inside(lab: Lab) -> Iterator[None]:
    """wasl, run in the lab's checkout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(lab.root)
        patch.setenv("WASL_HOME", str(lab.root / ".wasl"))
        yield


def build(
    root: Path, image: str = "", carried: Callable[[Lab], Sequence[str]] = lambda _: ()
) -> Bench:
    """A stick made by the commands; `image` is a line of the manifest, or nothing.

    `carried` makes what it carries beside its systems: the words for it of `kit build`.
    """
    lab = Lab(root, lambda *_: "")
    lab.prepare()
    lab.edit("  sites:\n", f"{image}  sites:\n")
    kit = root / "kit.img"
    with inside(lab):
        assert main(["kit", "lock", "jo"]) == 0
        assert main(["kit", "image", "jo"]) == 0
        assert main(["kit", "build", "jo", "-o", str(kit), *carried(lab)]) == 0
    return Bench(lab, kit)


@dataclass(frozen=True)
class Place:
    """A stick and a donated computer's disk, full of its former owner's data."""

    folder: Path
    stick: Path
    target: Path
    firmware: Firmware
    bus: Bus

    def start(self, stack: ExitStack, *more: str, with_stick: bool, rate: int = 0) -> Virtual:
        """Switch the computer on; `more` are further words of QEMU's command line.

        Its disk does `rate` bytes a second, or what it can.
        """
        words = [*disk(self.target, "TARGET1", self.bus, rate), *more]
        if with_stick:
            words += disk(self.stick, "STICK1", "usb")
        name = "stick" if with_stick else "device"
        made = virtual(self.folder, name, *words, firmware=self.firmware, memory=2048)
        return stack.enter_context(made)

    def run(self) -> int:
        """Let the stick do what its run.yml says, until the computer switches itself off."""
        with ExitStack() as stack:
            computer = self.start(stack, with_stick=True)
            computer.wait_for(ENDED, seconds=HOURS)
            computer.ended(HOURS)
            return int(computer.said.rpartition(ENDED)[2].split()[0])

    def data(self) -> Path:
        """What the stick keeps now, read off a copy that is mended as its next start would."""
        out, copy = self.folder / "data", self.folder / "copy.img"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        start, size = _data_at(self.stick)
        # By itself: once it has played a journal back, e2fsck forgets where in a file to look.
        cut = ["dd", f"if={self.stick}", f"of={copy}", "bs=1M", "conv=sparse", "status=none"]
        cut += ["iflag=skip_bytes,count_bytes", f"skip={start}", f"count={size}"]
        subprocess.run(cut, check=True)
        mended = subprocess.run(["e2fsck", "-p", str(copy)], capture_output=True, text=True)
        assert mended.returncode in (0, 1), mended.stdout + mended.stderr
        _debugfs(str(copy), f"rdump / {out}")
        copy.unlink()
        return out


def place(
    bench: Bench,
    folder: Path,
    firmware: Firmware,
    bus: Bus,
    run: Mapping[str, str] | None = None,
    size: int = 2048 * MIB,
) -> Place:
    """A computer with its stick; the stick has a `run.yml` where `run` says anything."""
    stick, target = folder / "stick.img", folder / "target.img"
    subprocess.run(["cp", "--sparse=always", str(bench.kit), str(stick)], check=True)
    with target.open("xb") as file:
        file.write(random.Random(1).randbytes(32 * MIB))
        file.truncate(size)
    if run:
        (folder / "run.yml").write_text(yaml.safe_dump(dict(run)))
        debugfs(stick, f"write {folder / 'run.yml'} run.yml", write=True)
    return Place(folder, stick, target, firmware, bus)


def debugfs(stick: Path, *requests: str, write: bool = False) -> None:
    """Something done on wasl-data."""
    _debugfs(f"{stick}?offset={_data_at(stick)[0]}", *requests, write=write)


def _debugfs(place: str, *requests: str, write: bool = False) -> None:
    command = ["debugfs", *(["-w"] if write else []), "-f", "-", place]
    given = "\n".join(requests).encode()
    subprocess.run(command, input=given, check=True, capture_output=True)


def _data_at(stick: Path) -> tuple[int, int]:
    """Where wasl-data begins, and its size; in bytes."""
    told = subprocess.run(["sfdisk", "--json", str(stick)], capture_output=True, check=True)
    rows = json.loads(told.stdout)["partitiontable"]["partitions"]
    ((start, size),) = [
        (int(row["start"]) * 512, int(row["size"]) * 512)
        for row in rows
        if row["name"] == "wasl-data"
    ]
    return start, size


def entries(data: Path) -> list[dict[str, Any]]:
    """Every entry of the one record."""
    (record,) = data.glob("devices/jo/records/*/*.jsonl")
    return [json.loads(line)["body"] for line in record.read_text().splitlines()]


def stages(data: Path) -> list[tuple[str, str]]:
    """Each stage that ended, and how."""
    ended = [(one["stage"], one["outcome"]) for one in entries(data)]
    return [one for one in ended if one[1] != "begun"]
