"""Practice disks: files under loop devices, for the demo, the tests and the bench.

Loop devices read and write past the page cache (direct I/O), so that a read-back reads the file
system below and not memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wasl.errors import WaslError

_CONTROL = "/dev/loop-control"
_LOOP_CTL_GET_FREE = 0x4C82
_LOOP_MAJOR = 7


def why_not() -> str:
    """Why this machine cannot have loop devices, or nothing where it can."""
    if os.geteuid() != 0:
        return "loop devices need root"
    if not os.path.exists(_CONTROL):
        return f"there is no {_CONTROL} here"
    return ""


@contextmanager
def loop_disk(file: Path, size: int | None = None, *, direct: bool = True) -> Iterator[str]:
    """`file` (made sparse, of `size` bytes, where it is not there) as a disk `/dev/loopN`.

    Raises `WaslError` (WASL-LOOP) where the machine has none to give.
    """
    reason = why_not()
    if reason:
        raise WaslError("WASL-LOOP", reason, hint="run it as root on a machine with loop devices")
    if size is not None and not file.exists():
        with file.open("xb") as new:
            new.truncate(size)
    disk = _attach(file, direct)
    try:
        yield disk
    finally:
        detach(disk)


def detach(disk: str) -> None:
    """Give the loop device back, its partitions first."""
    for command in (["partx", "-d", disk], ["losetup", "-d", disk]):
        with contextlib.suppress(OSError):
            subprocess.run(command, capture_output=True, check=False)


def _attach(file: Path, direct: bool) -> str:
    said = ""
    for _ in range(20):  # another process may take the free one first
        disk = _free()
        command = ["losetup", f"--direct-io={'on' if direct else 'off'}", disk, str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return disk
        said = done.stderr.strip()
    raise WaslError("WASL-LOOP", f"no loop device could be set up: {said}", where=str(file))


def _free() -> str:
    """The node of a free loop device; nodes can vanish, and are made again."""
    with open(_CONTROL, "rb") as control:
        number = fcntl.ioctl(control, _LOOP_CTL_GET_FREE)
    disk = f"/dev/loop{number}"
    if not os.path.exists(disk):
        with contextlib.suppress(FileExistsError):
            os.mknod(disk, 0o60660, os.makedev(_LOOP_MAJOR, number))
    return disk
