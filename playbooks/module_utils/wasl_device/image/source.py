"""Where an image's bytes come from: a file of the stick, or a server that knows ranges.

Nothing here is trusted: the index is signed and every chunk has its SHA-256, so that plain HTTP
from a laptop beside the device is as good as a file.
"""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..errors import DeviceError

TIMEOUT = 60  # seconds without an answer


class Source(Protocol):
    """Bytes at offsets; `read` may be called from any thread."""

    @property
    def name(self) -> str:
        """How people know it: a path or an address."""

    @property
    def size(self) -> int:
        """Bytes of it all."""

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises WASL-IMAGE-SOURCE."""


@dataclass(frozen=True)
class FileSource:
    """An open file."""

    name: str
    handle: int
    size: int

    def read(self, offset: int, length: int) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            try:
                part = os.pread(self.handle, length - len(parts), offset + len(parts))
            except OSError as error:
                raise _fault(self.name, error.strerror or error) from error
            if not part:
                raise _fault(self.name, "it ends early")
            parts += part
        return bytes(parts)


@dataclass(frozen=True)
class HttpSource:
    """A file behind a server that answers ranges."""

    name: str
    size: int

    def read(self, offset: int, length: int) -> bytes:
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        request = urllib.request.Request(self.name, headers=wanted)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                if answer.status != 206:
                    raise _fault(self.name, "the server does not know ranges")
                data: bytes = answer.read(length + 1)
        except (OSError, ValueError) as error:
            raise _fault(self.name, error) from error
        if len(data) != length:
            raise _fault(self.name, "it ends early")
        return data


@contextmanager
def opened(place: str) -> Iterator[Source]:
    """The file or `http(s)` address at `place`. Raises WASL-IMAGE-SOURCE."""
    if place.startswith(("http://", "https://")):
        yield HttpSource(place, _remote_size(place))
        return
    try:
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _fault(place, error.strerror or error) from error
    try:
        yield FileSource(place, handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def _remote_size(address: str) -> int:
    request = urllib.request.Request(address, headers={"Range": "bytes=0-0"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            span = re.fullmatch(r"bytes 0-0/(\d+)", answer.headers.get("Content-Range", ""))
    except (OSError, ValueError) as error:
        raise _fault(address, error) from error
    if span is None:
        raise _fault(address, "the server does not know ranges")
    return int(span[1])


def _fault(name: str, reason: object) -> DeviceError:
    return DeviceError("WASL-IMAGE-SOURCE", file=name, reason=reason)
