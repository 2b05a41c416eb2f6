"""The devices part: three donated computers from intake to the image and into the fleet, records
that nobody can bend, a device in use.

The three computers are practice ones (recorded firmware, files under loop devices for disks); the
playbooks, the erasing, the image and the records are the real ones. The device in use is a small
Debian booted beside this system, reached by a real sshd. Where this machine gives no loop devices
or cannot boot one, the story says so and what that leaves out.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from playbooks.module_utils.wasl_device import clock
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.demo.guest import Guest, guests
from wasl.demo.guest import why_not as no_guest
from wasl.demo.steps import COUNTRY, Stage, run, say, stop
from wasl.errors import ExitCode
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.loop import loop_disk, why_not
from wasl.planes.devices.practice import Computer, recording

SITE = "zarqa-1"
MIB = 1 << 20
DISK, IMAGE = 512 * MIB, 256 * MIB
LESSONS = Path("integrations/content/samples/alecso")
PROGRAMS = ("sfdisk", "mkfs.ext4")
DEPOT, SCHOOL = Path("depot.yml"), Path("school.yml")
POLICIES = "etc/firefox/policies/policies.json"
PACKS = Path("var/kit/packs")
RECORDING = Path("var/recording.json")  # a container has no firmware of its own
BROKEN = "the browser's policies on a device in use, emptied"
COMPUTERS = {
    "bench-1": Computer(),
    "bench-2": replace(
        Computer(vendor="LENOVO", product="ThinkPad T430", battery_percent=58),
        serial="PF1AB2CD",
        uuid="8f3c1b2a-5d64-4e21-9c77-0a1b2c3d4e5f",
        mac="3c:97:0e:11:22:33",
    ),
    "bench-3": replace(
        Computer(vendor="Hewlett-Packard", product="HP ProBook 650 G1", cores=4),
        serial="5CG4350W1Q",
        uuid="35474335-3334-5730-3151-ffffffff0003",
        mac="a0:d3:c1:aa:bb:cc",
    ),
}
IN_USE = replace(
    Computer(),
    serial="BK5RJ99",
    uuid="4c4c4544-004b-3510-8052-b4c04f4a9999",
    mac="5c:f9:dd:01:99:99",
)
_WHO = {"wasl_country": COUNTRY, "wasl_site": SITE, "wasl_person": "Amal"}
LEFT_OUT = (
    "left out here: configure, packs, verify and handover of these three, which follow once they "
    "have started, and the whole Debian image: the depot's is a partition table and a file system "
    "with lessons"
)


@dataclass(frozen=True)
class School:
    """The device in use, or none where this machine cannot boot one."""

    guest: Guest | None

    def spoil(self) -> None:
        """Somebody with the keeper's password lets the browser do everything."""
        assert self.guest is not None
        (self.guest.root / POLICIES).write_text("{}\n")


def keys_named(stage: Stage) -> bool:
    """The country's keys made, and named by its manifest."""
    if not run("the country's keys", "kit", "keys", COUNTRY):
        return False
    made = keys.public(Home(stage.home, COUNTRY))
    stage.describe(
        "  keys: {}\n", f"  keys:\n    signing: ['{made.signing}']\n    sealing: {made.sealing}\n"
    )
    return True


@contextmanager
def described(stage: Stage) -> Iterator[School]:
    """A device runs, and the manifest names the inventory that it is in."""
    if reason := no_guest():
        say("left out: a device in use, and its drift")
        print(reason, flush=True)
        yield School(None)
        return
    say("a small Debian boots: a computer that is in use")
    with guests(stage.folder("guests"), "desk-1", with_kolibri=True) as (guest,):
        (guest.root / RECORDING).write_text(json.dumps(recording(IN_USE)))
        kept = {"wasl_packs": f"/{PACKS}", "wasl_recording": f"/{RECORDING}"}
        hosts = {"desk-1": {**guest.host(), **_WHO, **kept}}
        SCHOOL.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), "utf-8")
        stage.describe("devices:\n", f"devices:\n  inventory: {SCHOOL}\n")
        yield School(guest)


def show(stage: Stage, school: School) -> bool:
    """Three computers in a depot; then the one in use is configured."""
    home = Home(stage.home, COUNTRY)
    station = str(keys.station(home).public)
    certify = ("kit", "certify", COUNTRY, station, "--name", "Demo laptop", "--site", SITE)
    if not run("the country certifies this laptop", *certify):
        return False
    if reason := lacking():
        say("left out: three computers in a depot")
        print(reason, flush=True)
    elif not _depot(stage.folder("depot"), home):
        return False
    if school.guest is None:
        return True
    _carried(stage, school.guest)
    school_run = ("devices", "run", COUNTRY, "--inventory", str(SCHOOL))
    title = "the one in use: configured as the manifest says, lessons put on"
    return run(title, *school_run, "--stages", "configure,packs", "--yes")


def _carried(stage: Stage, guest: Guest) -> None:
    """The packs that the content part made, on a stick in the device."""
    made = stage.home / "content" / COUNTRY / "packs"
    for pack in made.iterdir():
        shutil.copytree(pack / "current", guest.root / PACKS / pack.name)


def _depot(folder: Path, home: Home) -> bool:
    with ExitStack() as stack:
        disks = {
            name: stack.enter_context(loop_disk(folder / f"{name}.img", DISK)) for name in COMPUTERS
        }
        return _prepared(folder, home, disks) and _recorded(folder, home)


def _prepared(folder: Path, home: Home, disks: dict[str, str]) -> bool:
    image = _image(folder, home)
    for disk in disks.values():
        _former_owner(disk)
    mistaken = "bench-3"
    _inventory(folder, disks, mistaken)
    stages = ("--stages", "intake,wipe,image,enrol", "--yes")
    lab = ("--inventory", str(DEPOT), "--image", str(image))
    command = ("devices", "run", COUNTRY, *lab, *stages)
    title = "taken in, wiped, imaged, enrolled; somebody wrote the third one's serial down wrong"
    if not run(title, *command, expected=ExitCode.FAILED):
        return False
    if _holds(disks[mistaken], folder / "system.raw"):
        return stop("a disk was written to that nobody had named")
    _inventory(folder, disks)
    if not run("with the right serial; what is done is not done again", *command):
        return False
    if all(_holds(disk, folder / "system.raw") for disk in disks.values()):
        return True
    return stop("a disk does not hold the image")


def _recorded(folder: Path, home: Home) -> bool:
    """Records held against the country's key and brought home; devices taken into the fleet."""
    forged, verify = _forged(folder, home), ("devices", "verify-record")
    return (
        run("devices by site and stage", "devices", "list", COUNTRY)
        and run("each record, held against the country's key", *verify, str(home.records))
        and run(
            "a copy in which one word was changed: Clear became Purge",
            *verify,
            str(forged),
            expected=ExitCode.FAILED,
        )
        and run("a line: records go to the country's bucket", "devices", "sync", COUNTRY)
        and run("the ministry takes the devices in", "devices", "enrol", COUNTRY, "--yes")
        and print(f"\n{LEFT_OUT}", flush=True) is None
    )


def _image(folder: Path, home: Home) -> Path:
    """A signed image: a partition table, and a file system with lessons."""
    raw, part, image = folder / "system.raw", folder / "part.ext4", folder / "system.wimg"
    size = IMAGE - 2 * MIB  # a partition table stands at both ends
    with part.open("xb") as file:
        file.truncate(size)
    _quiet("mkfs.ext4", "-q", "-d", str(LESSONS), str(part))
    with raw.open("xb") as file:
        file.truncate(IMAGE)
    _quiet(
        "sfdisk", "-q", str(raw), told=f"label: gpt\nstart=2048, size={size // 512}, type=linux\n"
    )
    _quiet("dd", f"if={part}", f"of={raw}", "bs=1M", "seek=1", "conv=notrunc,sparse", "status=none")
    part.unlink()
    naming = build.Naming("demo", COUNTRY, clock.now())
    build.build(raw, image, naming, SigningKey.load(home.country_key))
    return image


def _inventory(folder: Path, disks: Mapping[str, str], mistaken: str = "") -> None:
    """The lab: each computer, its disk, and the serial that the technician read on its label."""
    hosts: dict[str, dict[str, Any]] = {}
    for name, computer in COMPUTERS.items():
        recorded = folder / f"{name}.json"
        recorded.write_text(json.dumps(recording(computer)), "utf-8")
        hosts[name] = {
            "wasl_recording": str(recorded),
            "wasl_practice": [disks[name]],
            "wasl_wipe_serial": "5CG4350W1O" if name == mistaken else computer.serial,
            "wasl_state": str(folder / "state" / name),
            "wasl_device_folder": str(folder / "device" / name),
        }
    shared = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        **_WHO,
    }
    DEPOT.write_text(yaml.safe_dump({"all": {"vars": shared, "hosts": hosts}}), "utf-8")


def _former_owner(disk: str) -> None:
    """What nobody wants to give away: data all over the disk."""
    data = random.Random(disk).randbytes(MIB)  # noqa: S311 - a filling, no secret
    with open(disk, "r+b") as device:
        for start in range(0, DISK, 32 * MIB):
            device.seek(start)
            device.write(data)
        os.fsync(device.fileno())


def _holds(disk: str, raw: Path) -> bool:
    with open(disk, "rb") as device, raw.open("rb") as image:
        return all(image.read(MIB) == device.read(MIB) for _ in range(0, IMAGE, MIB))


def _forged(folder: Path, home: Home) -> Path:
    """A device's record whose certificate claims more than was done."""
    source = next(
        path for path in sorted(home.records.glob("*/*.jsonl")) if b'"Clear"' in path.read_bytes()
    )
    forged = folder / "forged" / source.parent.name / source.name
    forged.parent.mkdir(parents=True)
    forged.write_text(re.sub('"Clear"', '"Purge"', source.read_text("utf-8")), "utf-8")
    return forged


def lacking() -> str:
    """Why disks cannot be shown here; empty where they can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (playbooks/debian-packages.txt)"
    return why_not()


def _quiet(*command: str, told: str = "") -> None:
    subprocess.run(command, input=told, text=True, check=True, capture_output=True)
