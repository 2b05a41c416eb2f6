"""Files that are whole or absent, also after the power fails."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .errors import DeviceError


def write_atomic(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write, sync, rename, sync the folder. Raises WASL-MEDIUM-FULL, WASL-MEDIUM-GONE."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise medium_error(error, path) from error


def write_secret(path: Path, data: bytes) -> None:
    """A file of mode 0600 that was not there before. Raises WASL-KEY-EXISTS."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists():
        raise DeviceError("WASL-KEY-EXISTS", file=path)
    write_atomic(path, data, 0o600)


def append_line(path: Path, line: bytes) -> None:
    """Append one line durably, over the remains of one that a power cut tore.

    Raises WASL-MEDIUM-FULL (and takes back what was written of it), WASL-MEDIUM-GONE.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "r+b" if path.exists() else "x+b") as file:
            whole = whole_lines(file.read())
            file.truncate(len(whole))
            file.seek(len(whole))
            try:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(file.fileno(), len(whole))
                raise
        sync_folder(path.parent)
    except OSError as error:
        raise medium_error(error, path) from error


def whole_lines(data: bytes) -> bytes:
    """`data` up to its last line feed: what follows was never finished."""
    return data[: data.rfind(b"\n") + 1]


def require_writable(folder: Path) -> None:
    """Prove that `folder` can be written, by writing. Raises WASL-MEDIUM-FULL, -GONE."""
    probe = folder / f".writable-{os.getpid()}"
    write_atomic(probe, b"x" * 4096)
    probe.unlink()


def sync_folder(folder: Path) -> None:
    """Make the folder's names durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def medium_error(error: OSError, path: Path) -> DeviceError:
    """What a failed write means to a technician: the stick is full, or it was pulled."""
    full = error.errno in (28, 122)  # ENOSPC, EDQUOT
    code = "WASL-MEDIUM-FULL" if full else "WASL-MEDIUM-GONE"
    return DeviceError(code, file=path, reason=error.strerror or error)
