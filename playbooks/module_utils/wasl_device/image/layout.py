"""The index of an image file: read, checked against its signature, held to its own sizes."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import zstandard

from .. import signed
from ..blocks import ALIGNMENT
from ..errors import DeviceError
from .source import Source

MAGIC, END_MAGIC = b"WASLIMG1", b"WASLIMGE"
FOOTER = struct.Struct("<QQ8s")
KIND = "image"
MAX_CHUNK = 64 << 20
MAX_SIZE = 1 << 42
DEFAULT_CHUNK = 4 << 20
FORMAT = 2
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the disk image that is not all zeros."""

    number: int
    offset: int
    length: int
    packed: str
    sha256: str
    probe: int


@dataclass(frozen=True, slots=True)
class Index:
    """What an image holds, and where; `key` is the id of who signed it."""

    name: str
    country: str
    made: str
    size: int
    sector: int
    chunk_size: int
    chunks: tuple[Chunk, ...]
    digest: str  # SHA-256 of the signed body: the image's identity in records
    key: str

    @property
    def count(self) -> int:
        """How many chunks the disk image has, zeros included."""
        return -(-self.size // self.chunk_size)

    @property
    def mapped(self) -> int:
        """Bytes of the disk image that are listed."""
        return sum(self.span(chunk.number)[1] for chunk in self.chunks)

    def span(self, number: int) -> tuple[int, int]:
        """Offset and length on the disk; the last chunk may be short."""
        start = number * self.chunk_size
        return start, min(self.chunk_size, self.size - start)


def read_document(source: Source) -> dict[str, Any]:
    """The signed index of an image, not yet checked. Raises WASL-IMAGE-BAD."""
    if source.size < len(MAGIC) + FOOTER.size:
        raise DeviceError("WASL-IMAGE-BAD", file=source.name, reason="too short")
    if source.read(0, len(MAGIC)) != MAGIC:
        raise DeviceError("WASL-IMAGE-BAD", file=source.name, reason="not an image of this format")
    offset, length, end = FOOTER.unpack(source.read(source.size - FOOTER.size, FOOTER.size))
    if end != END_MAGIC or offset + length != source.size - FOOTER.size:
        raise DeviceError("WASL-IMAGE-BAD", file=source.name, reason="cut short")
    packed = source.read(offset, min(length, signed.MAX_BYTES))
    try:
        text = zstandard.ZstdDecompressor().decompress(packed, max_output_size=signed.MAX_BYTES)
    except zstandard.ZstdError as error:
        raise DeviceError("WASL-IMAGE-BAD", file=source.name, reason=str(error)) from None
    return signed.parse(text, source.name)


def index(body: Mapping[str, Any], key: str, source: Source) -> Index:
    """The index as a value, held to its own sizes. Raises WASL-IMAGE-BAD."""
    try:
        if body["format"] != FORMAT:
            raise ValueError(f"format {body['format']} is not known here")
        chunks = tuple(Chunk(*row) for row in body["chunks"])
        made = Index(
            name=str(body["name"]),
            country=str(body["country"]),
            made=str(body["made"]),
            size=int(body["size"]),
            sector=int(body["sector"]),
            chunk_size=int(body["chunk"]),
            chunks=chunks,
            digest=signed.digest(body),
            key=key,
        )
        _check(made, source.size)
    except (KeyError, TypeError, ValueError) as error:
        raise DeviceError("WASL-IMAGE-BAD", file=source.name, reason=str(error)) from None
    return made


def _check(index: Index, file_size: int) -> None:
    if not (0 < index.size <= MAX_SIZE and index.size % ALIGNMENT == 0):
        raise ValueError("its size is not possible")
    if not (ALIGNMENT <= index.chunk_size <= MAX_CHUNK and index.chunk_size % ALIGNMENT == 0):
        raise ValueError("its chunk size is not possible")
    previous = -1
    for chunk in index.chunks:
        inside = len(MAGIC) <= chunk.offset and chunk.offset + chunk.length <= file_size
        packed = 0 < chunk.length <= index.chunk_size + (1 << 20)
        if not (previous < chunk.number < index.count and inside and packed):
            raise ValueError(f"chunk {chunk.number} is not where it can be")
        if not all(_DIGEST.fullmatch(digest) for digest in (chunk.packed, chunk.sha256)):
            raise ValueError(f"chunk {chunk.number} has no digest")
        previous = chunk.number
