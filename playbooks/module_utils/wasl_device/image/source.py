"""Where an image's bytes come from: a file of the stick, or a server that knows ranges.

Nothing here is trusted: the index is signed and every chunk has its SHA-256, so that plain HTTP
from a laptop beside the device is as good as a file.
"""

from __future__ import annotations

import http.client
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import Protocol
from urllib.parse import urlsplit

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
        parts: list[bytes] = []
        while length:
            try:
                part = os.pread(self.handle, length, offset)
            except OSError as error:
                raise _fault(self.name, error.strerror or error) from error
            if not part:
                raise _fault(self.name, "it ends early")
            parts.append(part)
            offset, length = offset + len(part), length - len(part)
        return b"".join(parts)


@dataclass(frozen=True)
class HttpSource:
    """A file behind a server that answers ranges; each thread keeps its own connection."""

    name: str
    size: int
    connections: local

    def read(self, offset: int, length: int) -> bytes:
        data, _ = _range(self.name, self.connections, offset, length)
        return data


@contextmanager
def opened(place: str) -> Iterator[Source]:
    """The file or `http(s)` address at `place`. Raises WASL-IMAGE-SOURCE."""
    if place.startswith(("http://", "https://")):
        connections = local()
        _, size = _range(place, connections, 0, 1)
        yield HttpSource(place, size, connections)
        return
    try:
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise _fault(place, error.strerror or error) from error
    try:
        yield FileSource(place, handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def _range(address: str, connections: local, offset: int, length: int) -> tuple[bytes, int]:
    """The bytes asked for, and the size of the whole; asks once more on a closed connection."""
    headers = {"Range": f"bytes={offset}-{offset + length - 1}"}
    for attempt in (1, 2):
        try:
            connection = _connection(address, connections)
            connection.request("GET", urlsplit(address).path, headers=headers)
            answer = connection.getresponse()
            data = answer.read(length + 1)
            break
        except (OSError, http.client.HTTPException) as error:
            connections.__dict__.clear()
            if attempt == 2:
                raise _fault(address, error) from error
    span = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("Content-Range", ""))
    if answer.status != 206 or span is None:
        raise _fault(address, f"status {answer.status}: no such file, or no ranges")
    if len(data) != length:
        raise _fault(address, "it ends early")
    return data, int(span[1])


def _connection(address: str, connections: local) -> http.client.HTTPConnection:
    if not hasattr(connections, "own"):
        place = urlsplit(address)
        secure = place.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connections.own = kind(place.netloc, timeout=TIMEOUT)
    own: http.client.HTTPConnection = connections.own
    return own


def _fault(name: str, reason: object) -> DeviceError:
    return DeviceError("WASL-IMAGE-SOURCE", file=name, reason=reason)
