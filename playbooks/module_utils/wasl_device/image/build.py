"""From a raw disk image to a signed image file: only what is mapped and not zeros is kept.

The same raw image, name, date and key give the same bytes, whatever the number of threads.
"""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any, BinaryIO, TypeVar

import zstandard

from .. import signed
from ..blocks import ALIGNMENT
from ..errors import DeviceError
from ..files import medium_error, sync_folder
from .layout import DEFAULT_CHUNK, END_MAGIC, FOOTER, FORMAT, KIND, MAGIC

T = TypeVar("T")
SECTOR = 512  # bytes: what its partition table counts in
LEVEL = 10  # of zstd: unpacks as fast as any, packs 100 MB/s a core or so


@dataclass(frozen=True)
class Naming:
    """What an image says of itself; `made` is UTC, so that a rebuild may repeat it."""

    name: str
    country: str
    made: str


def build(
    raw: Path,
    out: Path,
    naming: Naming,
    key: signed.SigningKey,
    certificate: signed.Document | None = None,
    chunk_size: int = DEFAULT_CHUNK,
    threads: int | None = None,
) -> str:
    """Write `out` (by atomic rename) and return the image's digest.

    Raises WASL-IMAGE-SIZE (the raw image is no multiple of 4096 bytes), WASL-MEDIUM-FULL.
    """
    size = raw.stat().st_size
    if size == 0 or size % ALIGNMENT:
        raise DeviceError("WASL-IMAGE-SIZE", file=raw, size=size)
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with open(raw, "rb") as source, open(temporary, "xb") as target:
            body = {
                "format": FORMAT,
                "name": naming.name,
                "country": naming.country,
                "made": naming.made,
                "size": size,
                "sector": SECTOR,
                "chunk": chunk_size,
                "chunks": _write_chunks(source, target, size, chunk_size, threads),
            }
            _write_index(target, signed.sign(KIND, body, key, certificate))
        os.replace(temporary, out)
        sync_folder(out.parent)
    except OSError as error:
        raise medium_error(error, out) from error
    finally:
        temporary.unlink(missing_ok=True)
    return signed.digest(body)


def mapped(source: BinaryIO, size: int, chunk_size: int) -> Iterator[int]:
    """Numbers of the chunks that hold data at all, by the file system's own map of the file."""
    position = last = -1
    handle = source.fileno()
    while True:
        try:
            position = os.lseek(handle, max(position, 0), os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # no data follows
                return
            raise
        end = os.lseek(handle, position, os.SEEK_HOLE)
        for number in range(max(position // chunk_size, last + 1), -(-end // chunk_size)):
            yield number
            last = number
        position = end
        if position >= size:
            return


def _write_chunks(
    source: BinaryIO, target: BinaryIO, size: int, chunk_size: int, threads: int | None
) -> list[list[Any]]:
    rows: list[list[Any]] = []
    offset = target.write(MAGIC)
    own = local()

    def pack(number: int) -> tuple[int, bytes, list[Any]] | None:
        length = min(chunk_size, size - number * chunk_size)
        data = os.pread(source.fileno(), length, number * chunk_size)
        if not data.strip(b"\0"):
            return None
        if not hasattr(own, "compressor"):
            own.compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False)
        frame: bytes = own.compressor.compress(data)
        digests = [hashlib.sha256(part).hexdigest() for part in (frame, data)]
        return number, frame, [*digests, zlib.crc32(data[:ALIGNMENT])]

    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        for packed in _bounded_map(pool, pack, mapped(source, size, chunk_size), 4 * workers):
            if packed is not None:
                number, frame, checks = packed
                rows.append([number, offset, len(frame), *checks])
                offset += target.write(frame)
    return rows


def _bounded_map(
    pool: ThreadPoolExecutor, work: Callable[[int], T], items: Iterable[int], most: int
) -> Iterator[T]:
    """`map` in order that holds at most `most` results, so that memory stays small."""
    waiting: deque[Future[T]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _write_index(target: BinaryIO, document: dict[str, Any]) -> None:
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(signed.canonical(document))
    offset = target.tell()
    target.write(packed)
    target.write(FOOTER.pack(offset, len(packed), END_MAGIC))
    target.flush()
    os.fsync(target.fileno())
