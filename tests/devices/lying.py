"""A disk that lies: a file in FUSE under a loop device, told by a JSON file what to do wrong.

    {"read_zeros": [[start, end], …], "read_errors": […], "write_errors": […], "lose_writes": […]}

Ranges are bytes; the file may be changed while the disk is in use.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device.files import write_atomic
from wasl.planes.devices.loop import loop_disk, why_not

NAME = "disk"


@dataclass(frozen=True)
class Liar:
    """A lying disk: its loop device, what is really on it, and its orders."""

    disk: str
    backing: Path
    orders: Path

    def order(self, **ranges: list[tuple[int, int]]) -> None:
        """From now on do this wrong, and nothing else."""
        write_atomic(self.orders, json.dumps(ranges).encode())


def why_no_fuse() -> str:
    """Why no lying disk can be had here, or nothing."""
    if reason := why_not():
        return reason
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse here"
    if shutil.which("fusermount3") is None:
        return "not installed: fusermount3"
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:
        return f"FUSE cannot be used: {error}"
    return ""


@contextmanager
def lying_disk(folder: Path, size: int) -> Iterator[Liar]:
    """A loop device over a FUSE file; everything is taken down again."""
    place, backing, orders = folder / "fuse", folder / "backing.img", folder / "orders.json"
    place.mkdir()
    with backing.open("wb") as file:
        file.truncate(size)
    orders.write_text("{}")
    command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.devices.lying"]
    command += [str(place), str(backing), str(orders)]
    server = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
    try:
        _wait(place / NAME, server)
        with loop_disk(place / NAME, direct=False) as disk:
            _small_requests(disk)
            yield Liar(disk, backing, orders)
    finally:
        subprocess.run(["fusermount3", "-u", str(place)], check=False, capture_output=True)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _small_requests(disk: str) -> None:
    """Let a request to the loop device be no more than one to FUSE.

    Where one is split and a later part fails, the kernel's loop driver says that all was written
    (Linux 6.18, `lo_complete_rq`): the disk would lie where it was told to fail.
    """
    Path("/sys/block", Path(disk).name, "queue/max_sectors_kb").write_text("64")


def _wait(path: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the lying disk did not come up")
        time.sleep(0.02)


def serve(place: str, backing: str, orders: str) -> None:
    """Serve the file until it is unmounted."""
    import mfusepy

    class Disk(mfusepy.Operations):  # type: ignore[misc]
        """One file; reads and writes go to the backing file, but for the orders."""

        use_ns = True

        def __init__(self) -> None:
            self.handle = os.open(backing, os.O_RDWR)

        def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
            if path == "/":
                return {"st_mode": 0o40755, "st_nlink": 2}
            if path != f"/{NAME}":
                raise mfusepy.FuseOSError(errno.ENOENT)
            size = os.fstat(self.handle).st_size
            return {"st_mode": 0o100600, "st_nlink": 1, "st_size": size}

        def readdir(self, path: str, fh: int) -> list[str]:
            return [".", "..", NAME]

        def open(self, path: str, flags: Any) -> int:
            return 0

        def read(self, path: str, size: int, offset: int, fh: Any) -> bytes:
            if _hit("read_errors", offset, size):
                raise mfusepy.FuseOSError(errno.EIO)
            data = bytearray(os.pread(self.handle, size, offset))
            for start, end in _orders().get("read_zeros", ()):
                first, last = max(start - offset, 0), min(end - offset, len(data))
                if first < last:
                    data[first:last] = bytes(last - first)
            return bytes(data)

        def write(self, path: str, data: bytes, offset: int, fh: Any) -> int:
            if _hit("write_errors", offset, len(data)):
                raise mfusepy.FuseOSError(errno.EIO)
            kept = bytearray(data)
            for start, end in _orders().get("lose_writes", ()):
                first, last = max(start - offset, 0), min(end - offset, len(data))
                if first < last:
                    kept[first:last] = os.pread(self.handle, last - first, offset + first)
            os.pwrite(self.handle, kept, offset)
            return len(data)

        def fsync(self, path: str, datasync: int, fh: Any) -> int:
            return 0

    def _orders() -> dict[str, list[list[int]]]:
        found: dict[str, list[list[int]]] = json.loads(Path(orders).read_text() or "{}")
        return found

    def _hit(kind: str, offset: int, length: int) -> bool:
        return any(
            start < offset + length and offset < end for start, end in _orders().get(kind, ())
        )

    mfusepy.FUSE(Disk(), place, foreground=True, nothreads=True, direct_io=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
