"""Configure on many devices: the same playbooks with Ansible's stock settings and with ours.

`python -m bench.devices_configure [--devices N]`. Devices are booted guests, each reached by its
own sshd; each side gets fresh ones. No mitogen on either side. What the guests lack of a device
(Kolibri, the desktop's packages) both sides lack. Results go to standard output as Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.asked import line
from infra.program import ROOT
from tests.devices.lab import Lab, computer
from wasl.demo.guest import guests, why_not
from wasl.planes.devices.practice import recording

FASTER = 1.2  # times, ours than stock settings
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
    stock, ours = _measured(count, STOCK), _measured(count, OURS)
    print(f"### Configure on {count} devices, without mitogen\n")
    print("| | first run | a run that changes nothing | of the first |\n|---|---|---|---|")
    for name, cost in ((STOCK, stock), (OURS, ours)):
        share = f"{cost.again / cost.first:.2f}"
        print(f"| {name} | {cost.first:.1f} s | {cost.again:.1f} s | {share} |")
    first, again = stock.first / ours.first, stock.again / ours.again
    print(f"| ours is faster | {first:.2f} times | {again:.2f} times | |\n")
    rest = ours.again / ours.first
    print(line("first run, times faster", first, f"at least {FASTER}", met=first >= FASTER))
    print(line("a run that changes nothing, of the first", rest, "under ⅓", met=rest < 1 / 3))
    print()


def _measured(count: int, side: str) -> Cost:
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as place:
        desk = Lab(Path(place), lambda name, size: "")
        desk.prepare()
        desk.edit("packs: [jo-channel, jo-library]", "learning: {kolibri: false}\n      packs: []")
        with guests(Path(place), *(f"device-{number}" for number in range(count))) as running:
            for number, guest in enumerate(running):
                told = json.dumps(recording(computer(number)))
                (guest.root / "var/recording.json").write_text(told)
                own = {**guest.host(), "wasl_recording": "/var/recording.json"}
                # Both sides keep connections open, as Ansible does unless it is told otherwise.
                shared = own["ansible_ssh_common_args"].replace("-o ControlMaster=no ", "")
                desk.hosts[guest.name] = own | {"ansible_ssh_common_args": shared}
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
