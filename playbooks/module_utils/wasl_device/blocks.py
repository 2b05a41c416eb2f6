"""Disks as blocks: opened for this process alone, read and written past the page cache.

A block device opened with O_EXCL cannot be mounted, swapped to or held by a mapping at the same
time: the kernel refuses with EBUSY. Files serve as targets too (an image built, a test).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import mmap
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby

from .errors import DeviceError

ALIGNMENT = 4096  # of offsets, lengths and memory: enough for every disk with O_DIRECT
_BLKGETSIZE64, _BLKSSZGET, _BLKRRPART, _BLKZEROOUT = 0x80081272, 0x1268, 0x125F, 0x127F

_memcmp = ctypes.CDLL(None).memcmp
_memcmp.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)


class Buffer:
    """Memory at a page's border, as O_DIRECT wants it; zeros at first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._map = mmap.mmap(-1, size)
        self.view = memoryview(self._map)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def is_zero(self, length: int, start: int = 0) -> bool:
        """Whether `length` bytes from `start` on are zeros, at memory's speed."""
        if length == 0:
            return True
        first = self._address + start
        return self._map[start] == 0 and _memcmp(first, first + 1, length - 1) == 0

    def runs(self, length: int, grain: int) -> Iterator[tuple[int, int, bool]]:
        """The first `length` bytes as runs, each with its start, its end and whether it is zeros.

        Looked at in steps of `grain` bytes.
        """
        steps = range(0, length, grain)
        for zeros, run in groupby(steps, lambda at: self.is_zero(min(grain, length - at), at)):
            starts = list(run)
            yield starts[0], min(starts[-1] + grain, length), zeros

    def first_other(self, length: int) -> int:
        """Where the first byte stands that is not zero; `length` if there is none."""
        head = bytes(self.view[:length])
        return length - len(head.lstrip(b"\0"))

    def clear(self) -> None:
        """Zeros again."""
        ctypes.memset(self._address, 0, self.size)


@dataclass(frozen=True)
class Blocks:
    """An open disk or file of `size` bytes; every call may be made from any thread."""

    path: str
    handle: int
    size: int
    device: bool
    sector: int = 512  # bytes of a logical sector

    def read(self, view: memoryview, offset: int) -> None:
        """Fill `view` from the medium. Raises WASL-DISK-READ."""
        done = 0
        while done < len(view):
            try:
                got = os.preadv(self.handle, [view[done:]], offset + done)
                if got == 0:
                    raise OSError(errno.ENODATA, "the disk ends here")
            except OSError as error:
                raise self._fault("WASL-DISK-READ", offset + done, error) from error
            done += got

    def write(self, view: memoryview, offset: int) -> None:
        """Write all of `view`. Raises WASL-DISK-WRITE."""
        done = 0
        while done < len(view):
            try:
                done += os.pwritev(self.handle, [view[done:]], offset + done)
            except OSError as error:
                raise self._fault("WASL-DISK-WRITE", offset + done, error) from error

    def zero(self, offset: int, length: int) -> None:
        """Make a range read as zeros, by the device's own command where it has one."""
        try:
            if self.device:
                fcntl.ioctl(self.handle, _BLKZEROOUT, struct.pack("QQ", offset, length))
                return
        except OSError as error:
            raise self._fault("WASL-DISK-WRITE", offset, error) from error
        buffer = Buffer(min(length, 4 << 20))
        for start in range(offset, offset + length, buffer.size):
            self.write(buffer.view[: offset + length - start], start)

    def sync(self) -> None:
        """Wait until the disk says that all is on the medium. Raises WASL-DISK-WRITE."""
        try:
            os.fsync(self.handle)
        except OSError as error:
            raise self._fault("WASL-DISK-WRITE", 0, error) from error

    def forget_partitions(self) -> None:
        """Have the kernel read the partition table again, where it can."""
        if self.device:
            try:
                fcntl.ioctl(self.handle, _BLKRRPART)
            except OSError:  # a loop device without partitions, an old table in use elsewhere
                return

    def _fault(self, code: str, offset: int, error: OSError) -> DeviceError:
        return DeviceError(code, disk=self.path, offset=offset, reason=error.strerror or error)


@contextmanager
def opened(path: str, *, write: bool) -> Iterator[Blocks]:
    """The disk or file at `path`, exclusively and past the page cache.

    Raises WASL-DISK-MISSING, WASL-DISK-IN-USE (mounted, held, swapped to), WASL-DISK-OPEN.
    """
    handle = _open(path, os.O_RDWR if write else os.O_RDONLY)
    try:
        device = stat.S_ISBLK(os.fstat(handle).st_mode)
        size = _number(handle, _BLKGETSIZE64, "Q") if device else os.fstat(handle).st_size
        sector = _number(handle, _BLKSSZGET, "i") if device else 512
        yield Blocks(path, handle, size, device, sector)
    finally:
        os.close(handle)


def _open(path: str, mode: int) -> int:
    flags = mode | os.O_DIRECT | os.O_CLOEXEC
    try:
        exclusive = os.O_EXCL if stat.S_ISBLK(os.stat(path).st_mode) else 0
        return os.open(path, flags | exclusive)
    except FileNotFoundError:
        raise DeviceError("WASL-DISK-MISSING", disk=path) from None
    except OSError as error:
        code = "WASL-DISK-IN-USE" if error.errno == errno.EBUSY else "WASL-DISK-OPEN"
        raise DeviceError(code, disk=path, reason=error.strerror or error) from error


def _number(handle: int, request: int, shape: str) -> int:
    answer = fcntl.ioctl(handle, request, bytes(struct.calcsize(shape)))
    return int(struct.unpack(shape, answer)[0])
