"""Zeros over a whole disk, and every block of it read back; a cut-off run goes on where it was.

Marks are planted first, in each run: a disk that loses what is written and reads as zeros all the
same is found by them.

How far it came stands in a file beside the record, written after the disk was synced. It may be
lost or wrong without harm: the read-back covers the whole disk whatever the file said.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

from ..blocks import ALIGNMENT, Blocks, Buffer
from ..errors import DeviceError
from ..files import write_atomic
from ..progress import Progress
from .marks import plant

BLOCK = 4 << 20
THREADS = 2  # keep a disk busy while the other one waits or compares
CHECKPOINT = 5.0  # seconds between two syncs that move the mark


@dataclass
class Overwritten:
    """What was done, in bytes; offsets of the first places that failed."""

    size: int
    resumed_at: int = 0
    written: int = 0
    read_back: int = 0
    mended: int = 0
    marks: int = 0
    lost: list[int] = field(default_factory=list)
    unwritable: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    different: list[int] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether marks were kept, and then every byte was written, read back, and was zero."""
        bad = self.unwritable or self.unreadable or self.different or self.lost
        return not bad and self.read_back == self.size

    def as_json(self) -> dict[str, object]:
        """Plain JSON; long lists are cut, their length kept."""
        told = asdict(self)
        for name in ("lost", "unwritable", "unreadable", "different"):
            told[f"{name}_count"], told[name] = len(told[name]), told[name][:10]
        return told


def overwrite(disk: Blocks, name: str, state: Path | None, progress: Progress) -> Overwritten:
    """Zeros everywhere, proven by reading everything; the result says what failed.

    `name` tells the disk from others (its serial); `state` is the folder that says how far it came.
    Raises WASL-MEDIUM-FULL, WASL-MEDIUM-GONE where that cannot be written, and WASL-DISK-WRITE,
    WASL-DISK-READ where nothing of the disk works.
    """
    mark = _Mark.of(state, name, disk.size)
    result = Overwritten(disk.size, resumed_at=mark.position)
    _plant(disk, mark.position, result)
    lock = Lock()

    def write(buffer: Buffer, start: int, length: int) -> None:
        bad = _each_sector(disk.write, buffer, start, length)
        with lock:
            result.unwritable += bad
            result.written += length - ALIGNMENT * len(bad)

    def check(buffer: Buffer, start: int, length: int) -> None:
        bad = _each_sector(disk.read, buffer, start, length)
        same = bool(bad) or buffer.is_zero(length)
        with lock:
            result.read_back += length - ALIGNMENT * len(bad)
            result.unreadable += bad
            if not same:
                result.different.append(start)

    progress.begin("overwrite", disk.size - mark.position)
    _walk(disk, mark.position, write, progress, mark)
    disk.sync()
    mark.move(disk.size)
    progress.begin("read back", disk.size)
    _walk(disk, 0, check, progress)
    if result.different and not (result.unreadable or result.unwritable):
        _mend(disk, result)
    mark.forget()
    return result


def _plant(disk: Blocks, position: int, result: Overwritten) -> None:
    """Plant marks all over the disk, and take away again what stands before `position`.

    Where a mark cannot be written or read, the pass itself will tell; where none can, nothing
    would be shown. Raises WASL-DISK-WRITE, WASL-DISK-READ.
    """
    rng = random.Random(secrets.token_bytes(16))  # noqa: S311 - seeded by the system's own
    planted = plant(disk, rng)
    if planted.errors and not (planted.kept or planted.lost):
        raise planted.errors[0]
    result.marks, result.lost = len(planted.kept), planted.lost
    zeros = Buffer(ALIGNMENT)
    for offset in [*planted.kept, *planted.lost]:
        if offset < position:
            result.unwritable += _each_sector(disk.write, zeros, offset, ALIGNMENT)


def _walk(
    disk: Blocks,
    first: int,
    work: Callable[[Buffer, int, int], None],
    progress: Progress,
    mark: _Mark | None = None,
) -> None:
    """`work` on every block from `first` on, in order, by a few threads."""
    starts = iter(range(first, disk.size, BLOCK))
    busy: dict[int, int] = {}
    lock = Lock()

    def worker(own: int) -> None:
        buffer = Buffer(BLOCK)
        while True:
            with lock:
                start = next(starts, disk.size)
                busy[own] = start
                reached = min(busy.values())
            if start >= disk.size:
                return
            if own == 0 and mark is not None and mark.is_due:
                disk.sync()
                mark.move(reached)
            length = min(BLOCK, disk.size - start)
            work(buffer, start, length)
            progress.advance(length)

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(worker, own) for own in range(THREADS)]:
            future.result()


def _each_sector(
    transfer: Callable[[memoryview, int], None], buffer: Buffer, start: int, length: int
) -> list[int]:
    """Transfer a block; where that fails, page by page, so that one bad sector costs one page."""
    try:
        transfer(buffer.view[:length], start)
    except DeviceError:
        bad = []
        for offset in range(0, length, ALIGNMENT):
            try:
                transfer(buffer.view[offset : min(offset + ALIGNMENT, length)], start + offset)
            except DeviceError:
                bad.append(start + offset)
        return bad
    return []


def _mend(disk: Blocks, result: Overwritten) -> None:
    """Write blocks that were not zero once more: data came since the mark, or the disk lies."""
    zeros, buffer, still = Buffer(BLOCK), Buffer(BLOCK), []
    for start in sorted(result.different):
        length = min(BLOCK, disk.size - start)
        result.unwritable += _each_sector(disk.write, zeros, start, length)
    disk.sync()
    for start in sorted(result.different):
        length = min(BLOCK, disk.size - start)
        if bad := _each_sector(disk.read, buffer, start, length):
            result.unreadable += bad
        elif (place := buffer.first_other(length)) < length:
            still.append(start + place)
        else:
            result.mended += length
    result.different = still


@dataclass
class _Mark:
    """Up to where a disk is written and synced."""

    path: Path | None
    size: int
    position: int = 0
    _moved: float = field(default_factory=time.monotonic)

    @classmethod
    def of(cls, folder: Path | None, name: str, size: int) -> _Mark:
        """The mark that an earlier run left, if it is about this disk."""
        if folder is None:
            return cls(None, size)
        path = folder / f"mark-{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            told = json.loads(path.read_text("utf-8"))
            position = int(told["position"])
            if told["size"] == size and 0 <= position <= size and position % BLOCK == 0:
                return cls(path, size, position)
        return cls(path, size)

    @property
    def is_due(self) -> bool:
        """Whether it is time to sync and move."""
        return time.monotonic() - self._moved > CHECKPOINT

    def move(self, position: int) -> None:
        """Everything before `position` is on the medium."""
        self.position, self._moved = position, time.monotonic()
        if self.path is not None:
            text = json.dumps({"size": self.size, "position": position - position % BLOCK})
            write_atomic(self.path, text.encode())

    def forget(self) -> None:
        """The work is over, well or not: the next run starts anew."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
