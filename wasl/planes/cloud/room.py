"""Room on the disk: looked after before a run begins and while it goes on.

The engine's file backend cannot be trusted on a full disk: it may put a half-written state in the
place of a whole one. So a run does not begin without room, and stops while there still is some.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.cloud.buckets import Folder, bucket
from wasl.planes.cloud.target import Target

TO_BEGIN = 64 << 20
TO_GO_ON = 16 << 20
"""Bytes: several states of a whole tenancy, each written beside its predecessor."""


def refuse_without_room(target: Target) -> None:
    """Raise WASL-DISK-FULL where a run should not begin."""
    for folder in places(target):
        if shutil.disk_usage(folder).free < TO_BEGIN:
            raise full(folder)


def short_of_room(folders: Iterable[Path]) -> Path | None:
    """The first folder whose disk is nearly full."""
    return next((one for one in folders if shutil.disk_usage(one).free < TO_GO_ON), None)


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
