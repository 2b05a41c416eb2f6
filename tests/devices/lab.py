"""A lab of practice computers: recorded firmware, loop devices for disks, real playbooks."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.demo.guest import Guest, guests, why_not
from wasl.planes.devices import keys
from wasl.planes.devices.home import Home
from wasl.planes.devices.practice import Computer, recording
from wasl.processes import Process

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
CONTROL = """Package: {name}
Version: {version}
Architecture: all
Maintainer: x <x@example.org>
Description: x
"""
# What a device's record has once it was taken in, wiped and imaged.
PREPARED = [
    ("intake", "done"),
    *(("wipe", "begun"), ("wipe", "done")),
    *(("image", "begun"), ("image", "done")),
]


@dataclass
class Lab:
    """A checkout with keys, its hosts, and the commands of a technician."""

    root: Path
    disk: Callable[..., str]
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return Home(self.root / ".wasl", "jo")

    def prepare(self) -> None:
        """Keys in the manifest, a certified station, a signed image of 8 MiB."""
        for folder in ("countries", "partners", "playbooks"):
            shutil.copytree(ROOT / folder, self.root / folder)
        made = keys.make(self.home)
        lines = f"  keys:\n    signing: ['{made.signing}']\n    sealing: {made.sealing}\n"
        path = self.root / "countries" / "jo.yaml"
        path.write_text(path.read_text().replace("  keys: {}\n", lines))
        station = keys.station(self.home).public
        keys.certify(self.home, station, "Lab laptop", "zarqa-1", 30, ("record",))
        self.image("system", seed=1)

    def edit(self, old: str, new: str) -> None:
        """Change the manifest's text, once, where it is found."""
        path = self.root / "countries" / "jo.yaml"
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new, 1))

    def image(self, name: str, seed: int) -> Path:
        """A raw image of random content, and the image file made of it."""
        raw = self.root / f"{name}.raw"
        raw.write_bytes(random.Random(seed).randbytes(5 * MIB) + bytes(3 * MIB))
        out = self.root / f"{name}.wimg"
        naming = build.Naming(name, "jo", "2026-03-01T00:00:00Z")
        build.build(raw, out, naming, SigningKey.load(self.home.country_key), chunk_size=MIB)
        return out

    def add(self, name: str, computer: Computer, size: int = 16 * MIB) -> str:
        """A host with one full practice disk; returns the disk."""
        disk = self.disk(name, size)
        self.fill(disk, min(size, 16 * MIB))
        path = self.root / f"{name}.json"
        path.write_text(json.dumps(recording(computer)))
        self.hosts[name] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "/usr/bin/python3",
            "wasl_recording": str(path),
            "wasl_practice": [disk],
            "wasl_wipe_serial": computer.serial,
            "wasl_state": str(self.root / "state" / name),
        }
        return disk

    def fill(self, disk: str, size: int = 16 * MIB) -> None:
        """A former owner's data."""
        with open(disk, "r+b") as device:
            device.write(random.Random(disk).randbytes(size))
            os.fsync(device.fileno())

    @property
    def inventory(self) -> Path:
        """The lab's inventory as it is now."""
        shared = {
            "wasl_country": "jo",
            "wasl_site": "zarqa-1",
            "wasl_person": "Amal",
            "wasl_home": str(self.root / ".wasl"),
            "wasl_image": str(self.root / "system.wimg"),
        }
        path = self.root / "lab.yml"
        path.write_text(yaml.safe_dump({"all": {"vars": shared, "hosts": self.hosts}}))
        return path

    def play(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Plain `ansible-playbook` on the whole site."""
        return subprocess.run(
            self._command(*words),
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root,
            env=self._environment,
        )

    def play_killed(self, *words: str, when: Callable[[], bool]) -> None:
        """The same, and all of it killed at once as soon as `when` says so: the power went.

        It runs in a process namespace, in which nothing outlives its first process.
        """
        apart = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child=KILL"]
        running = subprocess.Popen(
            [*apart, *self._command(*words)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.root,
            env=self._environment,
        )
        end = time.monotonic() + 120
        try:
            while not when():
                assert running.poll() is None, "it ended before it was to be killed"
                assert time.monotonic() < end, "what it was to be killed at never came"
                time.sleep(0.002)
        finally:
            told = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text()
            inside = [Process.of(int(pid)) for pid in told.split()]
            running.kill()
            running.wait()
            # Its end takes all others along, and nobody waits for it.
            assert all(one.wait(60) for one in inside), "it outlived its kill"

    def _command(self, *words: str) -> list[str]:
        return [
            str(Path(sys.executable).parent / "ansible-playbook"),
            *("-i", str(self.inventory), str(self.root / "playbooks" / "site.yml"), *words),
        ]

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "ANSIBLE_NOCOLOR": "1", "HOME": str(self.root)}

    def entries(self) -> list[Mapping[str, Any]]:
        """Bodies of all entries, by file."""
        return [
            json.loads(line)["body"]
            for path in sorted(self.home.records.glob("*/*.jsonl"))
            for line in path.read_text().splitlines()
        ]


def stages(lab: Lab) -> list[tuple[str, str]]:
    """Stage and outcome of every entry."""
    return [(str(body["stage"]), str(body["outcome"])) for body in lab.entries()]


def computer(place: int, **changes: Any) -> Computer:
    """One of a series of laptops."""
    return replace(
        Computer(
            serial=f"BK5RJ{place:02}",
            uuid=f"4c4c4544-004b-3510-8052-b4c04f4a32{place:02}",
            mac=f"5c:f9:dd:01:02:{place:02}",
        ),
        **changes,
    )


def deb(folder: Path, name: str, version: str) -> Path:
    """A package that holds one file."""
    tree = folder / f"{name}-{version}"
    (tree / "DEBIAN").mkdir(parents=True, exist_ok=True)
    (tree / "DEBIAN/control").write_text(CONTROL.format(name=name, version=version))
    (tree / "usr/share").mkdir(parents=True, exist_ok=True)
    (tree / f"usr/share/{name}.txt").write_text(f"{version}\n")
    out = folder / f"{name}_{version}_all.deb"
    command = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return out


@contextmanager
def booted(folder: Path, *, with_kolibri: bool = False) -> Iterator[Guest]:
    """`device-1`, running; skips the test where this machine cannot have one."""
    if reason := why_not():
        pytest.skip(reason)
    with ExitStack() as stack:
        try:
            running = stack.enter_context(guests(folder, "device-1", with_kolibri=with_kolibri))
        except (RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"no guest: {error}")
        (guest,) = running
        yield guest
