"""One file fetched into the mirror: resumed where it broke off, checked before it counts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from integrations.content.faults import Refused
from integrations.content.kinds import kind_of
from integrations.content.mirror.archives import unpacked_size
from integrations.content.mirror.objects import CHUNK, Objects, Stored, disk_error
from integrations.content.mirror.sniff import checked
from integrations.content.model import Encoding
from integrations.content.web import Web
from wasl.files import sha256_of

TRIES = 4
_RESERVE = 64_000_000  # bytes that are left free on the disk


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run knows of a location: its file and how the server names its state."""

    stored: Stored
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The beginning of a file that a run broke off, and the state of the server's copy."""

    path: Path
    etag: str = ""
    modified: str = ""

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str:
        """For If-Range: a strong ETag, else a date; empty if the part cannot be gone on with."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


class Download:
    """Fetches files of one feed into `objects`; parts lie in `parts` between runs."""

    def __init__(self, web: Web, objects: Objects, parts: Path, largest: int) -> None:
        self._web, self._objects, self._parts, self._largest = web, objects, parts, largest

    def fetch(self, file: Encoding, known: Known | None = None) -> Known:
        """The file, asked for conditionally where it is there already.

        Raises `Refused` for a file that cannot be had or passed on, `WaslError` (WASL-DISK-FULL).
        """
        held = known if known and self._has(known) else None
        try:
            for attempt in range(TRIES):
                try:
                    return self._once(file, held)
                except httpx.HTTPError as error:
                    if attempt == TRIES - 1:
                        raise Refused(
                            "WASL-CONTENT-HTTP",
                            url=file.location,
                            why=repr(error),
                        ) from error
                    self._web.sleep(2.0**attempt)
        except OSError as error:
            raise disk_error(error, self._parts) from error
        raise AssertionError("unreachable")

    def _has(self, known: Known) -> bool:
        return self._objects.has(known.stored.sha256, known.stored.size)

    def _once(self, file: Encoding, held: Known | None) -> Known:
        part = self._part(file.location)
        with self._web.open(file.location, _conditions(held, part)) as response:
            if response.status_code == 304 and held:
                return held
            if response.status_code == 416:  # the part is longer than the file: begin again
                self._drop(part)
                raise httpx.ReadError("the part does not belong to the file")
            if response.status_code not in (200, 206):
                raise Refused("WASL-CONTENT-HTTP", url=file.location, why=response.status_code)
            resumed = response.status_code == 206 and _continues(response, part)
            if response.status_code == 206 and not resumed:
                self._drop(part)
                raise httpx.ReadError("the server sent another range than was asked for")
            part = self._written(file, response, part, resumed)
        return self._finished(file, part)

    def _written(self, file: Encoding, response: httpx.Response, part: Part, resumed: bool) -> Part:
        begun = part.size if resumed else 0
        promised = _promised(response)
        self._room(file, (promised or 0) + begun, promised or 0)
        fresh = Part(
            part.path, response.headers.get("etag", ""), response.headers.get("last-modified", "")
        )
        self._remember(fresh, file.location)
        with part.path.open("ab" if resumed else "wb") as stream:
            size = begun
            for chunk in response.iter_raw():
                size += len(chunk)
                if size > self._largest:
                    stream.close()
                    self._drop(fresh)
                    raise Refused("WASL-CONTENT-TOO-LARGE", url=file.location, limit=self._largest)
                stream.write(chunk)
        if promised is not None and size != begun + promised:
            raise httpx.ReadError(f"{size} bytes came instead of {begun + promised}")
        return fresh

    def _finished(self, file: Encoding, part: Part) -> Known:
        size, sha256 = part.size, sha256_of(part.path)
        try:
            if file.size is not None and file.size != size:
                raise Refused(
                    "WASL-CONTENT-SIZE", url=file.location, declared=file.size, found=size
                )
            if file.sha256 and file.sha256.casefold() != sha256:
                raise Refused("WASL-CONTENT-CHECKSUM", url=file.location)
            kind = checked(part.path, kind_of(file), file.location)
            unpacked = unpacked_size(part.path) if kind == "html5" else 0
        except Refused:
            self._drop(part)
            raise
        self._objects.adopt(part.path, sha256)
        self._drop(part)
        return Known(Stored(sha256, size, kind, unpacked), part.etag, part.modified)

    def _room(self, file: Encoding, whole: int, coming: int) -> None:
        if whole > self._largest:
            raise Refused("WASL-CONTENT-TOO-LARGE", url=file.location, limit=self._largest)
        self._parts.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self._parts).free < coming + _RESERVE:
            raise OSError(28, "No space left on device")

    def _part(self, location: str) -> Part:
        path = self._parts / hashlib.sha256(location.encode()).hexdigest()
        try:
            told = json.loads(path.with_suffix(".json").read_text("utf-8"))
            return Part(path, str(told["etag"]), str(told["modified"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Part(path)

    def _remember(self, part: Part, location: str) -> None:
        told = {"etag": part.etag, "modified": part.modified, "location": location}
        note = part.path.with_suffix(".json")
        temporary = note.with_suffix(".new")
        temporary.write_text(json.dumps(told), "utf-8")
        os.replace(temporary, note)

    def _drop(self, part: Part) -> None:
        for path in (part.path, part.path.with_suffix(".json")):
            path.unlink(missing_ok=True)


def take_in(objects: Objects, path: Path, file: Encoding, largest: int) -> Stored:
    """A local file, checked and stored. Raises as `Download.fetch` does."""
    try:
        size = path.stat().st_size
        if size > largest:
            raise Refused("WASL-CONTENT-TOO-LARGE", url=file.location, limit=largest)
        kind = checked(path, kind_of(file), file.location)
        unpacked = unpacked_size(path) if kind == "html5" else 0
        with path.open("rb") as stream:
            sha256, size = objects.copy_in(_chunks(stream))
    except OSError as error:
        raise Refused(
            "WASL-CONTENT-UNREADABLE", file=file.location, why=error.strerror or error
        ) from error
    if file.sha256 and file.sha256.casefold() != sha256:
        raise Refused("WASL-CONTENT-CHECKSUM", url=file.location)
    return Stored(sha256, size, kind, unpacked)


def as_json(known: Known) -> str:
    """What `from_json` reads."""
    return json.dumps(asdict(known))


def from_json(text: str) -> Known:
    """What `as_json` wrote."""
    told = json.loads(text)
    return Known(Stored(**told.pop("stored")), **told)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _conditions(held: Known | None, part: Part) -> dict[str, str]:
    """What makes the answer short: not changed since, or only what is missing."""
    headers = {"Accept-Encoding": "identity"}
    if held:
        if held.etag:
            headers["If-None-Match"] = held.etag
        if held.modified:
            headers["If-Modified-Since"] = held.modified
    elif part.size and part.validator:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    return headers


def _promised(response: httpx.Response) -> int | None:
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else None


def _continues(response: httpx.Response, part: Part) -> bool:
    """Whether a 206 begins where the part ends, and is of the same state of the file."""
    said = response.headers.get("content-range", "")
    same = not part.etag or response.headers.get("etag", part.etag) == part.etag
    return part.size > 0 and said.startswith(f"bytes {part.size}-") and same
