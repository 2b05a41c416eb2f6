"""What a file is, byte by byte, before anyone parses it: digest, encoding mark, line ends.

Runs beside the database, which is busy elsewhere: hashing and scanning release the interpreter.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

CHUNK = 1 << 20
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Facts:
    """`controls` says whether bytes occur that no field may hold; `newline` is what ends lines.

    `lines` counts lines, the header included: more of them than records means a line break in one.
    """

    digest: str
    size: int
    bom: bool
    newline: str
    lines: int
    controls: bool
    first_line: bytes


def inspect(path: Path) -> Facts:
    """Read the file once."""
    digest = hashlib.sha256()
    controls = size = feeds = returns = 0
    last = b"\n"
    with path.open("rb", buffering=0) as stream:
        first = stream.readline(CHUNK)
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            low = int(np.count_nonzero(np.frombuffer(chunk, np.uint8) < 0x20))
            feeds += chunk.count(b"\n")
            returns += chunk.count(b"\r")
            controls += low
            last = chunk[-1:]
    pairs = first.endswith(b"\r\n")
    expected = feeds + (feeds if pairs else 0)
    odd = controls != expected or (returns != feeds if pairs else returns != 0)
    return Facts(
        digest.hexdigest(),
        size,
        first.startswith(BOM),
        "\r\n" if pairs else "\n",
        feeds + (last != b"\n"),
        odd,
        first.removeprefix(BOM).rstrip(b"\r\n"),
    )
