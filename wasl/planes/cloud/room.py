"""Room on the disk: looked after before a run begins and while it goes on.

The engine's file backend cannot be trusted on a full disk: it may put a half-written state in the
place of a whole one. So a run does not begin without room, and stops while there still is some. It
also holds a reserve: who else fills the disk, even to its last byte, does not get that, and the
engine, which tries for half a minute, writes down where it was as soon as it is given back.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.cloud.buckets import Folder, bucket
from wasl.planes.cloud.target import Target

TO_BEGIN = 64 << 20
TO_GO_ON = 16 << 20
RESERVE = 24 << 20
"""Bytes: several states of a whole tenancy, each written beside its predecessor."""


def refuse_without_room(target: Target) -> None:
    """Raise WASL-DISK-FULL where a run should not begin."""
    for folder in places(target):
        if shutil.disk_usage(folder).free < TO_BEGIN:
            raise full(folder)


def short_of_room(folders: Iterable[Path]) -> Path | None:
    """The first folder whose disk is nearly full."""
    return next((one for one in folders if shutil.disk_usage(one).free < TO_GO_ON), None)


@contextmanager
def reserve(folders: Sequence[Path]) -> Iterator[ExitStack]:
    """Hold room on each disk; closing what is returned gives it back at once.

    The files have no name, so that even a killed process gives the room back.
    """
    with ExitStack() as held:
        for folder in {one.stat().st_dev: one for one in folders}.values():
            file = held.enter_context(tempfile.TemporaryFile(dir=folder))
            try:
                os.posix_fallocate(file.fileno(), 0, RESERVE)
            except OSError as error:
                raise full(folder) from error
        yield held


def places(target: Target) -> list[Path]:
    """The folders that a run writes to."""
    target.work.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = bucket(target.backend, target.environment) if _is_file(target) else None
    return [target.work, *([place.root] if isinstance(place, Folder) else [])]


def full(folder: Path) -> WaslError:
    """The error that says where there is no room."""
    free = shutil.disk_usage(folder).free >> 20
    return WaslError(
        "WASL-DISK-FULL",
        f"there are {free} MiB left on the disk, and a run needs {TO_BEGIN >> 20}",
        where=str(folder),
        hint="make room and run the same command again: it goes on from what is there",
    )


def _is_file(target: Target) -> bool:
    return target.backend.startswith("file:")
