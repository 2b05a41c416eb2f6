"""What a file is, byte by byte, before anyone parses it: digest, encoding mark, line ends.

The head is looked at first; all the bytes are read beside the database, which is busy elsewhere:
hashing and counting release the interpreter.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Head:
    """A file's size, whether it begins with a byte order mark, what ends its lines, its header."""

    size: int
    bom: bool
    newline: str
    first_line: bytes


@dataclass(frozen=True, slots=True)
class Body:
    """A file's digest; whether it holds bytes that no field may; how many lines it has.

    Lines count the header: more of them than records means a line break inside a record.
    """

    digest: str
    controls: bool
    lines: int


def head(path: Path) -> Head:
    """Look at the first line."""
    with path.open("rb") as stream:
        first = stream.readline(CHUNK)
    newline = "\r\n" if first.endswith(b"\r\n") else "\n"
    bare = first.removeprefix(BOM).rstrip(b"\r\n")
    return Head(path.stat().st_size, first.startswith(BOM), newline, bare)


def body(path: Path) -> Body:
    """Read the file once."""
    digest = hashlib.sha256()
    controls = feeds = returns = 0
    last = b"\n"
    pairs = head(path).newline == "\r\n"
    with path.open("rb", buffering=0) as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            values = np.frombuffer(chunk, np.uint8)
            controls += int(np.count_nonzero(values < 0x20))
            feeds += int(np.count_nonzero(values == 0x0A))
            returns += chunk.count(b"\r") if pairs else 0
            last = chunk[-1:]
    odd = controls != feeds + returns or (pairs and returns != feeds)
    return Body(digest.hexdigest(), odd, feeds + (last != b"\n"))


def beside(path: Path) -> Future[Body]:
    """`body`, read by a thread of its own."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(body, path)
    finally:
        pool.shutdown(wait=False)
