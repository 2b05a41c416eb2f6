"""Files appear whole or not at all, and are known by their SHA-256."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from wasl.errors import WaslError


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_atomically(
    path: Path, data: str | bytes, *, mode: int = 0o644, once: bool = False
) -> None:
    """Replace `path` by `data` in one step; text is UTF-8. With `once`, who was first stays.

    Raises `WaslError` (WASL-FILE-NOT-WRITTEN) and leaves what was there where that cannot be done.
    """
    with replacing(path, mode=mode, once=once) as stream:
        stream.write(data.encode() if isinstance(data, str) else data)


@contextmanager
def replacing(path: Path, *, mode: int = 0o644, once: bool = False) -> Iterator[IO[bytes]]:
    """The same for what is written in pieces: `path` is replaced once all of them are there."""
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, mode)
        if once:
            with suppress(FileExistsError):
                os.link(temporary, path)
            return
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise WaslError(
            "WASL-FILE-NOT-WRITTEN",
            f"the file could not be written: {error.strerror}",
            where=str(path),
            hint="check that its folder exists, may be written to and has room",
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
