"""An image file held to its signature and every chunk to its digest, without a disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

import zstandard

from ..errors import DeviceError
from ..trust import Signer, Trust
from . import layout, source
from .layout import Index
from .source import Source


def trusted(origin: Source, trust: Trust) -> tuple[Index, Signer]:
    """The index, once its signer is believed and it is of the trusted country.

    Raises WASL-IMAGE-BAD, WASL-IMAGE-SOURCE, WASL-TRUST-UNKNOWN and all of `Trust.check`.
    """
    document = layout.read_document(origin)
    made = str((document.get("body") or {}).get("made", ""))
    body, signer = trust.check(document, layout.KIND, "publish", made, origin.name)
    index = layout.index(body, signer.key.id, origin)
    if index.country != trust.country:
        told = {"key": signer.key.id, "country": trust.country}
        raise DeviceError("WASL-TRUST-UNKNOWN", file=origin.name, **told)
    return index, signer


def whole(path: Path, trust: Trust) -> Index:
    """An image file of which every chunk is sound. Raises WASL-IMAGE-CHUNK too."""
    with source.opened(str(path)) as origin:
        index, _ = trusted(origin, trust)
        for chunk in index.chunks:
            length = index.span(chunk.number)[1]
            frame = origin.read(chunk.offset, chunk.length)
            try:
                data = zstandard.ZstdDecompressor().decompress(frame, max_output_size=length)
            except zstandard.ZstdError as error:
                raise _damaged(path, chunk.number, str(error)) from None
            if hashlib.sha256(data).hexdigest() != chunk.sha256:
                raise _damaged(path, chunk.number, "its digest differs")
    return index


def _damaged(path: Path, number: int, reason: str) -> DeviceError:
    return DeviceError("WASL-IMAGE-CHUNK", file=path, chunk=number, reason=reason)
