"""Configure on many devices: the same playbooks with Ansible's stock settings and with ours.

`python -m bench.devices_configure [--devices N]`. Devices are booted guests, each reached by its
own sshd; each side gets fresh ones. No mitogen on either side. What the guests lack of a device
(Kolibri, the desktop's packages) both sides lack. Results go to standard output as Markdown.

Measured twice. In a depot each device has a processor of its own, and a slow one: each guest gets
`SHARE` of a core and no more, the controller has the rest. Then all of them without a limit on the
controller's own cores, which are busy whatever the settings are.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.asked import ROOT, line
from tests.devices.lab import Lab, computer
from wasl.demo.guest import guests, why_not
from wasl.planes.devices.practice import recording

FASTER = 1.2  # times, ours than stock settings
SHARE = 0.15  # of a core: a device's processor
GROUPS = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds, of which a group may run its share
STOCK, OURS = "stock settings", "`playbooks/ansible.cfg`"


@dataclass(frozen=True)
class Cost:
    """Seconds of the first run, and of one after it that changes nothing."""

    first: float
    again: float


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=10)
    count = parser.parse_args().devices
    if reason := why_not():
        print(f"Not measured here: {reason}.\n")
        return
    with _processors(count) as groups:
        if groups:
            _table(f"each with {SHARE} of a core of its own", groups)
        else:
            print("No processor a device: no control groups for it here.\n")
    _table("all on the controller's cores", [None] * count)


def _table(what: str, groups: Sequence[Path | None]) -> None:
    stock, ours = _measured(groups, STOCK), _measured(groups, OURS)
    print(f"### Configure on {len(groups)} devices, {what}\n")
    print("| | first run | a run that changes nothing | of the first |\n|---|---|---|---|")
    for name, cost in ((STOCK, stock), (OURS, ours)):
        share = f"{cost.again / cost.first:.2f}"
        print(f"| {name} | {cost.first:.1f} s | {cost.again:.1f} s | {share} |")
    first, again = stock.first / ours.first, stock.again / ours.again
    print(f"| ours is faster | {first:.2f} times | {again:.2f} times | |\n")
    rest = ours.again / ours.first
    print(line("first run, times faster", first, f"at least {FASTER}", met=first >= FASTER))
    print(line("a run that changes nothing, of the first", rest, "under ⅓", met=rest < 1 / 3))
    print(flush=True)


@contextmanager
def _processors(count: int) -> Iterator[list[Path]]:
    """A control group a device, each with its share of a core; none where they cannot be had."""
    old = (GROUPS / "cpu").is_dir()  # version 1: a tree for each kind of limit
    control = GROUPS / "cgroup.subtree_control"
    if not old and not (control.exists() and "cpu" in control.read_text().split()):
        yield []
        return
    made = [
        (GROUPS / "cpu" if old else GROUPS) / f"wasl-bench-{os.getpid()}-{n}" for n in range(count)
    ]
    quota = int(PERIOD * SHARE)
    try:
        for group in made:
            group.mkdir()
            if old:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(quota))
            else:
                (group / "cpu.max").write_text(f"{quota} {PERIOD}")
        yield made
    finally:
        for group in filter(Path.exists, made):
            group.rmdir()


def _within(group: Path | None, arguments: str) -> str:
    """SSH's arguments, so that what it starts at the device runs in the group."""
    if group is None:
        return arguments
    join = f"echo $$ > {group}/cgroup.procs"
    return re.sub("ProxyCommand='(.*)'", rf"""ProxyCommand='sh -c "{join}; exec \1"'""", arguments)


def _measured(groups: Sequence[Path | None], side: str) -> Cost:
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as place:
        desk = Lab(Path(place), lambda name, size: "")
        desk.prepare()
        desk.edit("packs: [jo-channel, jo-library]", "learning: {kolibri: false}\n      packs: []")
        names = (f"device-{number}" for number in range(len(groups)))
        with guests(Path(place), *names) as running:
            for number, (guest, group) in enumerate(zip(running, groups, strict=True)):
                told = json.dumps(recording(computer(number)))
                (guest.root / "var/recording.json").write_text(told)
                own = {**guest.host(), "wasl_recording": "/var/recording.json"}
                # Both sides keep connections open, as Ansible does unless it is told otherwise.
                shared = own["ansible_ssh_common_args"].replace("-o ControlMaster=no ", "")
                desk.hosts[guest.name] = own | {"ansible_ssh_common_args": _within(group, shared)}
            return Cost(_run(desk, side), _run(desk, side))


def _run(desk: Lab, side: str) -> float:
    program = str(Path(sys.executable).parent / "ansible-playbook")
    site = str(desk.root / "playbooks" / "site.yml")
    command = [program, "-i", str(desk.inventory), site, "--tags", "configure"]
    environment = {**os.environ, "HOME": str(desk.root), "ANSIBLE_NOCOLOR": "1"}
    environment.pop("ANSIBLE_CONFIG", None)
    if side == OURS:
        environment["ANSIBLE_CONFIG"] = str(ROOT / "playbooks" / "ansible.cfg")
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=desk.root, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"{side}: {done.stdout[-2000:]}\n{done.stderr[-1000:]}")
    return seconds


if __name__ == "__main__":
    main()
