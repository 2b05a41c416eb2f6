"""What a measurement was asked to reach, and whether it did; what a process took of memory."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def peak() -> float:
    """The most memory that this process had at once, in MB (of 10^6 bytes).

    Not by getrusage: a process that was just started is told its parent's peak there.
    """
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    assert found is not None
    return int(found[1]) * 1024 / 1e6


def line(what: str, value: float, target: str, *, met: bool) -> str:
    """A line of the page."""
    return f"- {what}: {value:.2f} (asked: {target}): {'met' if met else '**missed**'}"
