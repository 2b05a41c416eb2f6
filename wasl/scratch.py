"""Private folders for what may lie in the clear while a command runs: never before, never after.

A command that was killed leaves its folder behind; the next one removes it first. Whether one is
still at work is told by a lock and not by a process number, so that machines may share the disk.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_folder(root: Path, prefix: str) -> Iterator[Path]:
    """A folder of mode 0700 under `root`, gone at the end; what dead runs left goes first."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    root.chmod(0o700)
    folder, lock = _begun(root, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _begun(root: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and its lock; nobody else sweeps between the one and the other."""
    alone = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(alone, fcntl.LOCK_EX)
        for left in root.glob(f"{prefix}-*"):
            _sweep(left)
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=root))
        lock = os.open(folder, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return folder, lock
    finally:
        os.close(alone)


def _sweep(left: Path) -> None:
    try:
        descriptor = os.open(left, os.O_RDONLY)
    except FileNotFoundError:  # it just ended
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # another command's, still running
    else:
        shutil.rmtree(left, ignore_errors=True)
    finally:
        os.close(descriptor)
