"""An image file held to its signature and every chunk to its digest, without a disk."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
            frame = origin.read(chunk.offset, chunk.length)
            if hashlib.sha256(frame).hexdigest() != chunk.packed:
                told = {"chunk": chunk.number, "reason": "its digest differs"}
                raise DeviceError("WASL-IMAGE-CHUNK", file=path, **told)
    return index
