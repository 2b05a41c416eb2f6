"""Who is killed leaves nothing behind: no loop device, no mount, no guest, no server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.devices.lying import why_no_fuse
from wasl.demo.guest import why_not as why_no_guest

ROOT = Path(__file__).resolve().parents[2]
LIAR = """
import sys, time
from pathlib import Path
from tests.devices.lying import lying_disk
with lying_disk(Path(sys.argv[1]), 4 << 20) as liar:
    print(liar.disk, flush=True)
    time.sleep(60)
"""
GUEST = """
import sys, time
from pathlib import Path
from wasl.demo.guest import guests
with guests(Path(sys.argv[1]), "device-1") as (guest,):
    print(guest.leader, flush=True)
    time.sleep(60)
"""

# As Ansible enters it by ssh: a process outside that waits for one inside.
ENTERED = """
import subprocess, sys, time
from pathlib import Path
from wasl.demo.guest import guests
with guests(Path(sys.argv[1]), "device-1") as (guest,):
    inside = ["nsenter", "--target", str(guest.leader), "--all", "--", "sleep", "60"]
    entered = subprocess.Popen(inside, stdout=subprocess.DEVNULL, start_new_session=True)
    print(guest.leader, entered.pid, flush=True)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        time.sleep(10)  # longer than a guest takes to begin to shut down
"""


def killed(program: str, folder: Path) -> str:
    """What a program told of itself before it was killed."""
    command = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = process.stdout.readline().strip()
        process.kill()
    return told


def until(gone: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not gone():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def mounts(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [line for line in lines if f" {folder}" in line]


def at_work(folder: Path) -> list[str]:
    """Processes that name the folder."""
    paths = Path("/proc").glob("[0-9]*/cmdline")
    return [told for told in map(_text, paths) if str(folder) in told]


def runs(process: str) -> bool:
    """Whether it has not ended: one that ended stays as a zombie where nobody waits for orphans."""
    status = _text(Path("/proc", process, "status"))
    return bool(status) and "State:\tZ" not in status


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # it has just ended
        return ""


def test_a_lying_disk_goes_with_its_test(tmp_path: Path) -> None:
    if reason := why_no_fuse():
        pytest.skip(reason)
    disk = killed(LIAR, tmp_path)
    assert disk.startswith("/dev/loop")
    backing = Path("/sys/block", Path(disk).name, "loop/backing_file")
    here = str(tmp_path)
    assert until(lambda: not backing.exists() or here not in backing.read_text())
    assert until(lambda: not mounts(tmp_path)), mounts(tmp_path)
    assert until(lambda: not at_work(tmp_path)), at_work(tmp_path)


@pytest.mark.slow
def test_a_guest_goes_with_its_test(tmp_path: Path) -> None:
    if reason := why_no_guest():
        pytest.skip(reason)
    leader = killed(GUEST, tmp_path)
    assert leader.isdigit()
    assert until(lambda: not runs(leader)), Path("/proc", leader, "status").read_text()
    assert until(lambda: not mounts(tmp_path)), mounts(tmp_path)
    assert until(lambda: not at_work(tmp_path)), at_work(tmp_path)


@pytest.mark.long
def test_a_guest_that_is_entered_goes_at_a_ctrl_c(tmp_path: Path) -> None:
    """The signal goes to all that runs in the terminal's group."""
    if reason := why_no_guest():
        pytest.skip(reason)
    command = [sys.executable, "-c", ENTERED, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        leader, entered = process.stdout.readline().split()
        os.killpg(process.pid, signal.SIGINT)
        try:
            assert until(lambda: not runs(leader)), Path("/proc", leader, "status").read_text()
            assert until(lambda: not mounts(tmp_path)), mounts(tmp_path)
            assert until(lambda: not at_work(tmp_path)), at_work(tmp_path)
        finally:
            with suppress(ProcessLookupError):
                os.kill(int(entered), signal.SIGKILL)
