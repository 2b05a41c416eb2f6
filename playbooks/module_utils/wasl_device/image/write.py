"""An image onto a disk: written in parallel, read back whole, resumed by what is on the disk.

Order is what makes a half-written image never boot as good: the first write takes the disk's
partition tables away; all other chunks follow; everything is read back past the page cache and
mended once where it differs; the last chunk (a backup table may stand in it) and the first come
after that, the first 32 KiB (partition table) last of all.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from threading import Lock, local
from typing import Any

import zstandard

from ..blocks import ALIGNMENT, Blocks, Buffer
from ..errors import DeviceError
from ..progress import Progress
from .layout import Chunk, Index
from .source import Source

TABLE = 32 << 10  # bytes at the front that hold any partition table
TAIL = 1 << 20  # bytes at the disk's end where an older backup table may stand
THREADS = min(2 * (os.cpu_count() or 1), 16)  # while some wait for the disk, others unpack
GRAIN = 256 << 10  # bytes of zeros within a chunk that are worth a command of their own


@dataclass
class Tally:
    """What was done, in bytes; the evidence of the image stage."""

    written: int = 0  # of listed chunks, zeros within them too
    kept: int = 0  # was on the disk already
    zeroed: int = 0
    read_back: int = 0
    mended: int = 0  # differed at the first read-back

    def as_json(self) -> dict[str, int]:
        """Plain JSON."""
        return asdict(self)


def write(
    source: Source,
    index: Index,
    target: Blocks,
    progress: Progress | None = None,
    threads: int | None = None,
) -> Tally:
    """Make `target` hold the image, and prove it by reading.

    Raises WASL-IMAGE-DISK-SMALL, WASL-IMAGE-SECTOR, WASL-IMAGE-CHUNK (the file is damaged; the
    chunk is not written), WASL-IMAGE-SOURCE, WASL-DISK-READ, WASL-DISK-WRITE, WASL-DISK-LIES (what
    was written cannot be read back). After any of them the disk has no partition table.
    """
    if target.size < index.size:
        raise DeviceError(
            "WASL-IMAGE-DISK-SMALL", disk=target.path, size=target.size, needed=index.size
        )
    if target.sector != index.sector:
        raise DeviceError("WASL-IMAGE-SECTOR", disk=target.path, sector=target.sector)
    progress = progress or Progress("image", target.path)
    return _Writer(source, index, target, progress, threads or THREADS).run()


class _Writer:
    """One image on its way to one disk."""

    def __init__(
        self, source: Source, index: Index, target: Blocks, progress: Progress, threads: int
    ) -> None:
        self.source, self.index, self.target = source, index, target
        self.progress, self.threads = progress, threads
        self.tally = Tally()
        self._listed = {chunk.number: chunk for chunk in index.chunks}
        self._late = {0, index.count - 1}
        self._own = local()
        self._lock = Lock()
        self._opened_for_writing = False

    def run(self) -> Tally:
        head_is_there = self._holds(0)
        if not head_is_there:
            self._take_tables_away()
        early = [chunk.number for chunk in self.index.chunks if chunk.number not in self._late]
        self.progress.begin("write", sum(self.index.span(number)[1] for number in early))
        self._all(self._ensure, early)
        if self._opened_for_writing:
            self.target.sync()
        self._read_back([n for n in range(self.index.count) if n not in self._late])
        last = self.index.count - 1
        if self._opened_for_writing or not self._holds(last):
            self._take_tables_away()
            self._finish(last)
        else:
            self._count(read_back=sum(self.index.span(number)[1] for number in self._late))
        self.target.forget_partitions()
        return self.tally

    def _take_tables_away(self) -> None:
        """Before the first write: whatever the disk boots now, it boots no more."""
        with self._lock:
            if self._opened_for_writing:
                return
            self._opened_for_writing = True
            start, length = self.index.span(0)
            self.target.zero(start, length)
            tail = max(self.target.size - TAIL, self.index.size)
            if tail < self.target.size:
                self.target.zero(tail, self.target.size - tail)
            self.target.sync()

    def _ensure(self, number: int) -> None:
        """Write a listed chunk unless the disk holds it."""
        if self._holds(number):
            self._count(kept=self.index.span(number)[1])
        else:
            self._take_tables_away()
            self._put(number)
        self.progress.advance(self.index.span(number)[1])

    def _holds(self, number: int) -> bool:
        """Whether the disk has the chunk; a look at its first block says no soonest."""
        start, length = self.index.span(number)
        buffer, chunk = self._buffer(), self._listed.get(number)
        if chunk is None:
            self.target.read(buffer.view[:length], start)
            return buffer.is_zero(length)
        first = buffer.view[: min(ALIGNMENT, length)]
        self.target.read(first, start)
        if zlib.crc32(first) != chunk.probe:
            return False
        self.target.read(buffer.view[:length], start)
        return hashlib.sha256(buffer.view[:length]).hexdigest() == chunk.sha256

    def _put(self, number: int) -> None:
        start, length = self.index.span(number)
        chunk = self._listed.get(number)
        if chunk is None:
            self.target.zero(start, length)
            self._count(zeroed=length)
            return
        view = self._unpacked(chunk, length)
        for first, end, zeros in self._buffer().runs(length, GRAIN):
            if zeros:
                self.target.zero(start + first, end - first)
            else:
                self.target.write(view[first:end], start + first)
        self._count(written=length)

    def _unpacked(self, chunk: Chunk, length: int) -> memoryview:
        """The chunk's bytes in this thread's buffer. Raises WASL-IMAGE-CHUNK.

        What was signed is proven by the frame, a fifth of the bytes; the bytes themselves are
        proven by reading them back.
        """
        view = self._buffer().view[:length]
        frame = self.source.read(chunk.offset, chunk.length)
        if hashlib.sha256(frame).hexdigest() != chunk.packed:
            raise self._damaged(chunk, "its digest differs")
        try:
            with zstandard.ZstdDecompressor().stream_reader(frame) as reader:
                got = reader.readinto(view)
                more = reader.read(1)
        except zstandard.ZstdError as error:
            raise self._damaged(chunk, str(error)) from None
        if got != length or more:
            raise self._damaged(chunk, "it is not as long as it should be")
        return view

    def _damaged(self, chunk: Chunk, reason: str) -> DeviceError:
        return DeviceError(
            "WASL-IMAGE-CHUNK", file=self.source.name, chunk=chunk.number, reason=reason
        )

    def _read_back(self, numbers: Iterable[int]) -> None:
        """Read every chunk from the medium; write one that differs once more, never twice."""
        numbers = [number for number in numbers if self._opened_for_writing or self._unread(number)]
        self.progress.begin("read back", sum(self.index.span(number)[1] for number in numbers))
        differing: list[int] = []

        def check(number: int) -> None:
            if not self._holds(number):
                differing.append(number)
            self._count(read_back=self.index.span(number)[1])
            self.progress.advance(self.index.span(number)[1])

        self._all(check, numbers)
        if differing:
            self._mend(differing)

    def _unread(self, number: int) -> bool:
        """Nothing was written, so a listed chunk has just been read whole."""
        if number not in self._listed:
            return True
        self._count(read_back=self.index.span(number)[1])
        return False

    def _mend(self, numbers: list[int]) -> None:
        self._take_tables_away()
        self._all(self._put, numbers)
        self.target.sync()
        for number in numbers:
            start, length = self.index.span(number)
            if not self._holds(number):
                raise DeviceError("WASL-DISK-LIES", disk=self.target.path, offset=start)
            if number in self._listed:
                self._count(mended=length)

    def _finish(self, last: int) -> None:
        """The chunks with partition tables, once all else is proven."""
        if last:
            self._put(last)
        length = self.index.span(0)[1]
        if 0 in self._listed:
            view = self._unpacked(self._listed[0], length)
            self.target.write(view[TABLE:], TABLE)
            self.target.sync()
            self.target.write(view[:TABLE], 0)
            self._count(written=length)
        self.target.sync()
        self._prove_late(last)

    def _prove_late(self, last: int) -> None:
        for number in sorted({0, last}):
            start, length = self.index.span(number)
            if not self._holds(number):
                self.target.zero(0, min(self.index.chunk_size, self.index.size))
                self.target.sync()
                raise DeviceError("WASL-DISK-LIES", disk=self.target.path, offset=start)
            self._count(read_back=length)

    def _all(self, work: Callable[[int], None], numbers: Iterable[int]) -> None:
        """`work` on every number by all threads; the first error stops it."""
        with ThreadPoolExecutor(self.threads) as pool:
            futures = [pool.submit(work, number) for number in numbers]
            done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
            for future in waiting:
                future.cancel()
            for future in done:
                future.result()

    def _buffer(self) -> Buffer:
        if not hasattr(self._own, "buffer"):
            self._own.buffer = Buffer(self.index.chunk_size)
        buffer: Buffer = self._own.buffer
        return buffer

    def _count(self, **amounts: Any) -> None:
        with self._lock:
            for name, amount in amounts.items():
                setattr(self.tally, name, getattr(self.tally, name) + amount)
