"""Files on disk, each under its SHA-256: written once, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wasl.errors import WaslError

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the mirror: its digest (hex), its bytes, the kind that it proved to be.

    `unpacked` are the bytes of what an application (a ZIP) holds: it lies unpacked in a library.
    """

    sha256: str
    size: int
    kind: str
    unpacked: int = 0


@dataclass(frozen=True)
class Objects:
    """A folder of files by digest: `ab/cdef…`."""

    folder: Path

    def path(self, sha256: str) -> Path:
        """Where the file of that digest lies, or would."""
        return self.folder / sha256[:2] / sha256[2:]

    def has(self, sha256: str, size: int) -> bool:
        """Whether it is there, as long as it should be."""
        try:
            return self.path(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    def adopt(self, temporary: Path, sha256: str) -> Path:
        """Take a finished file over, durably, in one step."""
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
        return path

    def copy_in(self, chunks: Iterable[bytes]) -> tuple[str, int]:
        """Store what the chunks say; its digest and size."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as stream:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    stream.write(chunk)
            self.adopt(Path(name), digest.hexdigest())
        except OSError as error:
            raise disk_error(error, self.folder) from error
        finally:
            Path(name).unlink(missing_ok=True)
        return digest.hexdigest(), size

    def clean(self) -> None:
        """Remove what a killed run left half-written."""
        for path in self.folder.glob(".new-*"):
            path.unlink(missing_ok=True)

    def all(self) -> Iterable[str]:
        """The digests of everything that is there."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            yield path.parent.name + path.name

    def remove(self, sha256: str) -> None:
        """Forget a file that nothing needs any more."""
        self.path(sha256).unlink(missing_ok=True)


def disk_error(error: OSError, where: Path) -> WaslError:
    """A failed write as the user meets it; nothing half-written is left under a final name."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return WaslError(
        "WASL-DISK-FULL" if full else "WASL-FILE-NOT-WRITTEN",
        "the disk is full" if full else f"a file could not be written: {error.strerror or error}",
        where=str(where),
        hint="make room and run the same command again: it goes on from what is there",
    )
