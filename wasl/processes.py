"""Processes by what they are: a pid alone may be another's tomorrow, a pid with its start is not.

Linux tells the start of a process, its state and its environment under /proc; elsewhere a process
is known by its pid alone and nobody's environment can be read.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine; `started` is in clock ticks since boot, 0 where unknown."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this pid now."""
        return cls(pid, _stat(pid)[1])

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; one that waits to be reaped does not."""
        state, started = _stat(self.pid)
        if started:
            return state not in "ZX" and self.started in (0, started)
        return not PROC.is_dir() and _signalled(self.pid, 0)

    @property
    def age(self) -> float:
        """Seconds since it started; infinite where that is unknown."""
        with suppress(OSError, ValueError):
            uptime = float((PROC / "uptime").read_text().split()[0])
            if self.started:
                return uptime - self.started / os.sysconf("SC_CLK_TCK")
        return float("inf")

    def end(self, *, first: signal.Signals = signal.SIGTERM, seconds: float = 10) -> None:
        """Ask it to end by `first`, kill it after `seconds`; fine if it is gone already."""
        if self.alive and _signalled(self.pid, first):
            self.wait(seconds)
        if self.alive and _signalled(self.pid, signal.SIGKILL):
            self.wait(seconds)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        return wait_until(lambda: not self.alive, seconds)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` came true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_TICK)
    return True


def marked(variable: str) -> Iterator[tuple[Process, str]]:
    """Every process of this user whose environment holds `variable`, with its value."""
    mark = f"{variable}=".encode()
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            process = Process.of(int(folder.name))
            for entry in (folder / "environ").read_bytes().split(b"\0"):
                if entry.startswith(mark):
                    yield process, entry[len(mark) :].decode(errors="replace")


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used so far, in its own code and in the kernel's; Linux only."""
    fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> int:
    """Bytes that a process and all that it began have, what they share counted once; Linux only."""
    try:
        rows = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        lists = [path.read_text() for path in (PROC / str(pid) / "task").glob("*/children")]
    except OSError:  # it is gone
        return 0
    own = next((int(row.split()[1]) << 10 for row in rows if row.startswith("Pss:")), 0)
    return own + sum(memory(int(child)) for listed in lists for child in listed.split())


def _stat(pid: int) -> tuple[str, int]:
    """A process's state letter and its start; ("", 0) where it is gone or nobody can tell."""
    try:
        # The second field is the program's name in brackets and may hold anything.
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", 0
    return fields[0], int(fields[19])


def _signalled(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return number == 0
    return True
