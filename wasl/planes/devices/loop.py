"""Practice disks: files under loop devices, for the demo, the tests and the bench.

Loop devices read and write past the page cache (direct I/O), so that a read-back reads the file
system below and not memory. Each is held open by this process, and the kernel gives it back when
the last who has it open lets go: also when this process, or one that works on it, is killed.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wasl.errors import WaslError

_CONTROL = "/dev/loop-control"
# linux/loop.h
_LOOP_CTL_GET_FREE, _LOOP_CONFIGURE = 0x4C82, 0x4C0A
_AUTOCLEAR, _DIRECT_IO = 4, 16
# struct loop_config: descriptor, block size; of loop_info64 flags and name; the rest is zero.
_CONFIG = struct.Struct("=II 40x 12xI 64s 96x 16x 64x")
_LOOP_MAJOR = 7


def why_not() -> str:
    """Why this machine cannot have loop devices, or nothing where it can."""
    if os.geteuid() != 0:
        return "loop devices need root"
    if not os.path.exists(_CONTROL):
        return f"there is no {_CONTROL} here"
    try:
        _free()
    except OSError as error:
        return f"no loop device to be had: {error.strerror}"
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
    disk, held = _attached(file, direct)
    try:
        forget_partitions(disk)  # of one who was killed
        yield disk
    finally:
        forget_partitions(disk)
        os.close(held)


def forget_partitions(disk: str) -> None:
    """Have the kernel let go of the partitions of a disk; those in use it keeps."""
    if any(Path("/sys/block", Path(disk).name).glob("loop*p*")):
        with contextlib.suppress(OSError):
            subprocess.run(["partx", "-d", disk], capture_output=True, check=False)


def _attached(file: Path, direct: bool) -> tuple[str, int]:
    """A loop device over `file`, and the descriptor that keeps it."""
    said: OSError | None = None
    for _ in range(20):  # another process may take the free one first
        try:
            disk = _free()
            held = os.open(disk, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            said = error
            continue
        try:
            _configure(held, file, direct)
            return disk, held
        except OSError as error:
            os.close(held)
            said = error
            if error.errno != errno.EBUSY:
                break
    raise WaslError("WASL-LOOP", f"no loop device could be set up: {said}", where=str(file))


def _configure(held: int, file: Path, direct: bool) -> None:
    handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        flags = _AUTOCLEAR | (_DIRECT_IO if direct else 0)
        config = _CONFIG.pack(handle, 0, flags, str(file).encode()[:63])
        fcntl.ioctl(held, _LOOP_CONFIGURE, config)
    finally:
        os.close(handle)
    if direct and not _is_direct(held):
        raise OSError(errno.EINVAL, "the file system below takes no direct I/O")


def _is_direct(held: int) -> bool:
    number = os.minor(os.fstat(held).st_rdev)
    return Path(f"/sys/block/loop{number}/loop/dio").read_text().strip() == "1"


def _free() -> str:
    """The node of a free loop device; nodes can vanish, and are made again."""
    with open(_CONTROL, "rb") as control:
        number = fcntl.ioctl(control, _LOOP_CTL_GET_FREE)
    disk = f"/dev/loop{number}"
    if not os.path.exists(disk):
        with contextlib.suppress(FileExistsError):
            os.mknod(disk, 0o60660, os.makedev(_LOOP_MAJOR, number))
    return disk
