"""Configure with the power cut at random: guests killed whole, booted again, run again.

Weaker than a real cut in one way: what a guest wrote and had not yet synced is still there, as the
host's memory is its disk.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from playbooks.module_utils.wasl_device.record import verify
from playbooks.module_utils.wasl_device.signed import SigningKey
from playbooks.module_utils.wasl_device.trust import Trust, statements
from tests.devices.lab import Lab, computer
from wasl.demo.guest import Guest, Tree, powered, trees, why_not
from wasl.planes.devices.practice import recording

WHOLE = 12.0  # seconds that a run takes, or nearly


@pytest.fixture
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    if reason := why_not():
        pytest.skip(reason)
    # A short name: ssh's control sockets lie below it, and a socket's path has 108 bytes.
    made = Lab(tmp_path_factory.mktemp("lab"), lambda name, size: "")
    made.prepare()
    made.edit("packs: [jo-channel, jo-library]", "learning: {kolibri: false}\n      packs: []")
    return made


def host(desk: Lab, guest: Guest, place: int) -> None:
    (guest.root / "var/recording.json").write_text(json.dumps(recording(computer(place))))
    desk.hosts[guest.name] = {**guest.host(), "wasl_recording": "/var/recording.json"}


def cut_while_configuring(desk: Lab, disks: Sequence[Tree], seeds: Sequence[int]) -> None:
    """Run configure on all, and cut each one's power at its moment."""
    with powered(disks) as running:
        for place, guest in enumerate(running):
            host(desk, guest, place)
        program = str(Path(sys.executable).parent / "ansible-playbook")
        site = str(desk.root / "playbooks" / "site.yml")
        command = [program, "-i", str(desk.inventory), site, "--tags", "configure"]
        environment = {**os.environ, "HOME": str(desk.root)}
        play = subprocess.Popen(
            command, cwd=desk.root, env=environment, stdout=subprocess.PIPE, text=True
        )
        cuts = [
            threading.Timer(random.Random(seed).uniform(1, WHOLE), cut, [guest])
            for guest, seed in zip(running, seeds, strict=True)
        ]
        try:
            for each in cuts:
                each.start()
            play.communicate(timeout=200)
        finally:
            for each in cuts:
                each.cancel()
                each.join()
            play.kill()
            play.wait()


def cut(guest: Guest) -> None:
    """Every process of the guest ends at once."""
    with suppress(ProcessLookupError):
        os.kill(guest.leader, signal.SIGKILL)


def ends_right(desk: Lab, disks: Sequence[Tree]) -> None:
    """The next run makes all of them what they should be, and says so."""
    with powered(disks) as running:
        for place, guest in enumerate(running):
            host(desk, guest, place)
        done = desk.play("--tags", "configure")
        assert done.returncode == 0, done.stdout[-3000:]
        again = desk.play("--tags", "configure")
        assert again.returncode == 0
        assert again.stdout.count("changed=0") == len(disks), again.stdout
        for guest in running:
            assert guest.run("wasl-device", "drift") == ""
            assert guest.run("id", "-un", "pupil").strip() == "pupil"
            assert "ar_JO.utf8" in guest.run("locale", "-a")
            assert "policy drop" in guest.run("nft", "list", "table", "inet", "wasl")
            guest.run("visudo", "-c")
            guest.run("sshd", "-t")
    key = SigningKey.load(desk.home.country_key).public
    trust = Trust.of("jo", [key], statements(desk.home.statements))
    for folder in desk.home.records.glob("*/"):
        entries = verify(folder.glob("*.jsonl"), trust)
        assert entries[-1][0].outcome == "done"


@pytest.mark.slow
def test_three_cuts_and_the_next_run_ends_right(lab: Lab, tmp_path: Path) -> None:
    with trees(tmp_path, "device-0", "device-1", "device-2") as disks:
        cut_while_configuring(lab, disks, (3, 5, 7))
        ends_right(lab, disks)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_twenty_cuts_and_the_next_run_ends_right(lab: Lab, tmp_path: Path) -> None:
    for start in range(0, 20, 5):
        folder = tmp_path / f"round-{start}"
        folder.mkdir()
        with trees(folder, *(f"device-{place}" for place in range(5))) as disks:
            cut_while_configuring(lab, disks, range(100 + start, 105 + start))
            ends_right(lab, disks)
