"""The devices part of the demo: three donated computers made ready, and a record nobody can bend.

`python -m wasl.cli.demo_devices` runs it alone. The computers are practice ones (recorded firmware,
files under loop devices for disks); the playbooks, the erasing, the image and the records are the
real ones. It works on a copy of the manifests, so that nothing of the checkout changes; where this
machine gives no loop devices, it says so and what that leaves out.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from infra.sandbox import home as sandbox
from infra.sandbox import lifecycle
from playbooks.module_utils.wasl_device import clock
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.cli.main import main as wasl
from wasl.errors import ExitCode
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.loop import loop_disk, why_not
from wasl.planes.devices.practice import Computer, recording

ROOT = Path(__file__).resolve().parents[2]
COUNTRY, SITE = "jo", "zarqa-1"
MIB = 1 << 20
DISK, IMAGE = 512 * MIB, 256 * MIB
LESSONS = Path("integrations/content/samples/alecso")
PROGRAMS = ("sfdisk", "mkfs.ext4")
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
LEFT_OUT = (
    "left out here: configure, verify and handover, which need an installed system that has booted;"
    "\n  and the whole Debian image: this one is a partition table and a file system with lessons"
)


def story(home: Path) -> int:
    """Run it in `home`, made afresh; 0 only if every step ended as it should."""
    _say("three donated computers become school computers")
    if reason := _lacking():
        print(f"left out here: all of it; {reason}", flush=True)
        return 0
    shutil.rmtree(home, ignore_errors=True)
    for name in ("countries", "partners", "playbooks"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, home / "checkout" / name, ignore=ignore)
    shutil.copy(ROOT / "Pulumi.yaml", home / "checkout")
    with ExitStack() as stack:
        state, has_cloud = _state(home)
        stack.enter_context(_apart(state))
        stack.enter_context(chdir(home / "checkout"))
        disks = {
            name: stack.enter_context(loop_disk(home / f"{name}.img", DISK)) for name in COMPUTERS
        }
        return _told(home, Home(state, COUNTRY), disks) or _carried(has_cloud)


def _told(folder: Path, home: Home, disks: dict[str, str]) -> int:
    if not _signed_up(home):
        return 1
    image, inventory = _image(folder, home), folder / "lab.yml"
    for disk in disks.values():
        _former_owner(disk)
    run = ["devices", "run", COUNTRY, "--inventory", str(inventory), "--image", str(image)]
    run += ["--stages", "intake,wipe,image,enrol", "--yes"]
    _inventory(inventory, folder, disks, mistaken="bench-3")
    title = "taken in, wiped, imaged, enrolled; somebody wrote the third one's serial down wrong"
    if not _run(title, run, ExitCode.FAILED):
        return 1
    if _holds(disks["bench-3"], folder / "system.raw"):
        return _stop("a disk was written to that nobody had named")
    _inventory(inventory, folder, disks)
    if not _run("with the right serial; what is done is not done again", run, ExitCode.CLEAN):
        return 1
    if not all(_holds(disk, folder / "system.raw") for disk in disks.values()):
        return _stop("a disk does not hold the image")
    steps = (
        ("devices by site and stage", ["devices", "list", COUNTRY], ExitCode.CLEAN),
        (
            "each record, held against the country's key",
            ["devices", "verify-record", str(home.records)],
            ExitCode.CLEAN,
        ),
    )
    if not all(_run(*step) for step in steps):
        return 1
    forged = _forged(folder, home)
    title = "a copy in which one word was changed: Clear became Purge"
    stopped = _run(title, ["devices", "verify-record", str(forged)], ExitCode.FAILED)
    return 0 if stopped else 1


def _carried(has_cloud: bool) -> int:
    """Records to the country's bucket, devices into its fleet; and what was not shown at all."""
    steps = (
        ("a line: records go to the country's bucket", ["devices", "sync", COUNTRY]),
        ("the ministry takes the devices in", ["devices", "enrol", COUNTRY, "--yes"]),
        ("and they are in", ["devices", "enrol", COUNTRY, "--yes"]),
    )
    if has_cloud and not all(_run(*step, ExitCode.CLEAN) for step in steps):
        return 1
    print(f"\n{LEFT_OUT}", flush=True)
    if not has_cloud:
        print("left out here: sync and the fleet, which need a tenancy (make demo has one)")
    return 0


def _signed_up(home: Home) -> bool:
    """Keys made and named by the (copied) manifest; this laptop certified as a station."""
    if not _run("the country's keys", ["kit", "keys", COUNTRY], ExitCode.CLEAN):
        return False
    made, manifest = keys.public(home), Path("countries", f"{COUNTRY}.yaml")
    lines = f"  keys:\n    signing: ['{made.signing}']\n    sealing: {made.sealing}\n"
    manifest.write_text(manifest.read_text("utf-8").replace("  keys: {}\n", lines), "utf-8")
    station = str(keys.station(home).public)
    certify = ["kit", "certify", COUNTRY, station, "--name", "Demo laptop", "--site", SITE]
    return _run("the country certifies this laptop", certify, ExitCode.CLEAN)


def _image(folder: Path, home: Home) -> Path:
    """A signed image: a partition table, and a file system with lessons."""
    raw, part, image = folder / "system.raw", folder / "part.ext4", folder / "system.wimg"
    size = IMAGE - 2 * MIB  # a partition table stands at both ends
    with part.open("xb") as file:
        file.truncate(size)
    _quiet("mkfs.ext4", "-q", "-d", str(ROOT / LESSONS), str(part))
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


def _inventory(path: Path, folder: Path, disks: dict[str, str], mistaken: str = "") -> None:
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
        "wasl_country": COUNTRY,
        "wasl_site": SITE,
        "wasl_person": "Amal",
    }
    path.write_text(yaml.safe_dump({"all": {"vars": shared, "hosts": hosts}}), "utf-8")


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


def _lacking() -> str:
    """Why the devices' part cannot be shown here; empty where it can."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (playbooks/debian-packages.txt)"
    return why_not()


def _state(home: Path) -> tuple[Path, bool]:
    """The demo's own state where its sandbox runs, else one apart; and whether it runs."""
    given = os.environ.get("WASL_HOME")
    running = given is not None and lifecycle.status(sandbox.Home(Path(given))).running
    return (Path(given), True) if given is not None and running else (home / "home", False)


@contextmanager
def _apart(home: Path) -> Iterator[Path]:
    """A local state of its own."""
    before = os.environ.get("WASL_HOME")
    os.environ["WASL_HOME"] = str(home)
    try:
        yield home
    finally:
        os.environ.pop("WASL_HOME")
        if before is not None:
            os.environ["WASL_HOME"] = before


def _quiet(*command: str, told: str = "") -> None:
    subprocess.run(command, input=told, text=True, check=True, capture_output=True)


def _run(title: str, command: list[str], expected: ExitCode) -> bool:
    _say(title)
    print(f"$ wasl {' '.join(command)}", flush=True)
    status = wasl(command)
    if status != expected:
        _stop(f"exit status {status}, expected {int(expected)}")
    return status == expected


def _stop(why: str) -> int:
    print(f"the demo stops here: {why}", flush=True)
    return 1


def _say(title: str) -> None:
    print(f"\n== {title}", flush=True)


if __name__ == "__main__":
    sys.exit(story(ROOT / ".wasl" / "demo-devices"))
