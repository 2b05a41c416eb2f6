"""Where a device takes packs from: a folder (a stick's), or an address (a laptop's).

From an address come a pack's manifest and only those files that the library does not have; they
are kept in the library until it is installed, so that a cut line costs one file. What is installed
is linked to from there: it takes its room once.
"""

from __future__ import annotations

import os
import shutil
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol

from . import controller, listing, packs
from .errors import DeviceError
from .files import medium_error, write_atomic
from .listing import File
from .packs import Pack
from .signed import MAX_BYTES
from .trust import Trust

TIMEOUT = 60  # seconds without a byte


class Shelf(Protocol):
    """Packs to choose from."""

    def newest(self, name: str) -> Pack:
        """The newest version of a pack. Raises WASL-PACK-NONE."""

    def bring(self, name: str) -> Path:
        """A folder from which it can be installed. Raises WASL-PACK-CUT."""


@contextmanager
def shelf(source: str, library: Path, trust: Trust) -> Iterator[Shelf]:
    """By what `source` is; `{controller}` in it is where the ssh connection came from."""
    address = controller.address(source)
    if not address.startswith(("http://", "https://")):
        yield Folder(Path(source), trust)
        return
    incoming = library / packs.INCOMING
    yield Address(address.rstrip("/"), incoming, library, trust)
    shutil.rmtree(incoming, ignore_errors=True)


@dataclass(frozen=True)
class Folder:
    """A folder of packs, each a folder of any name, or its `current` one."""

    place: Path
    trust: Trust

    def newest(self, name: str) -> Pack:
        return self._found(name)[0]

    def bring(self, name: str) -> Path:
        return self._found(name)[1]

    def _found(self, name: str) -> tuple[Pack, Path]:
        """A folder that is not named like the pack may hold it too: versions lie side by side."""
        found = []
        for path in sorted(
            (
                *self.place.glob(f"*/{packs.MANIFEST}"),
                *self.place.glob(f"*/current/{packs.MANIFEST}"),
            )
        ):
            pack, _ = packs.read(path.parent, self.trust)
            if pack.name == name:
                found.append((pack.version, path, pack))
        if not found:
            raise DeviceError("WASL-PACK-NONE", name=name, file=self.place)
        _, path, pack = max(found, key=lambda one: one[0])
        return pack, path.parent


@dataclass(frozen=True)
class Address:
    """An address below which `<name>/` is a pack."""

    base: str
    incoming: Path
    library: Path
    trust: Trust

    def newest(self, name: str) -> Pack:
        folder = self.incoming / name
        data = _get(f"{self.base}/{name}/{packs.MANIFEST}", MAX_BYTES, name)
        write_atomic(folder / packs.MANIFEST, data)
        pack, _ = packs.read(folder, self.trust)
        if pack.name != name:
            raise DeviceError("WASL-PACK-NONE", name=name, file=self.base)
        return pack

    def bring(self, name: str) -> Path:
        pack = self.newest(name)
        folder = self.incoming / name
        for file in pack.files:
            if any(listing.differing([file], self.library)):
                self._fetch(name, folder, file)
        return folder

    def _fetch(self, name: str, folder: Path, file: File) -> None:
        stored = File(packs.stored_at(file.sha256), file.size, file.sha256)
        if not any(listing.differing([stored], folder)):
            return
        target = folder / stored.path
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            url = f"{self.base}/{name}/{stored.path}"
            with _open(url, name) as answer, temporary.open("xb") as copy:
                left = file.size + 1
                while left and (block := _read(answer, min(listing.BLOCK, left), url)):
                    copy.write(block)
                    left -= len(block)
            if left > 1:
                raise _cut(url, f"{file.size + 1 - left} of {file.size} bytes")
            os.replace(temporary, target)
        except OSError as error:
            raise medium_error(error, target) from error
        finally:
            temporary.unlink(missing_ok=True)


def _get(url: str, most: int, name: str) -> bytes:
    with _open(url, name) as answer:
        data = _read(answer, most, url)
        if len(data) < most and answer.length:
            raise _cut(url, f"{answer.length} bytes are missing")
        return data


def _read(answer: Any, most: int, url: str) -> bytes:
    """The answer's next bytes. Raises WASL-PACK-CUT: it is the line that fails, not the disk."""
    try:
        data: bytes = answer.read(most)
    except (OSError, HTTPException) as error:
        raise _cut(url, error) from None
    return data


def _cut(url: str, reason: object) -> DeviceError:
    return DeviceError("WASL-PACK-CUT", file=url, reason=reason)


def _open(url: str, name: str) -> Any:
    """An answer that says yes. Raises WASL-PACK-NONE."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return opener.open(url, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise DeviceError("WASL-PACK-NONE", name=name, file=url, reason=reason) from None
