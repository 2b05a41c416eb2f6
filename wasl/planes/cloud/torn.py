"""Half-written files of a file backend, which a kill or a full disk may leave.

The engine writes a blob's metadata in place, and on a full disk it puts a torn state where a whole
one was. Before each write it copies the state to `.bak`: while that is whole, only the write that
failed is missing from it, and what that write was about is still pending in the copy. Where that is
torn too there is a copy of our own, kept before each run: what was made since is not in it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from infra.live.state import STATES
from wasl.files import write_atomically
from wasl.planes.cloud.buckets import SIDE_FILE

COPIES = ".wasl/states"


def keep(root: Path, stack: str) -> None:
    """Keep a copy of a whole state. Raises WASL-FILE-NOT-WRITTEN where there is no room for it."""
    state, copy = _state(root, stack), root / COPIES / f"{stack}.json"
    if not _whole(state):
        return
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(copy, state.read_bytes(), mode=0o600)


def mend(root: Path, stack: str) -> Iterator[str]:
    """Put a stack's files right; what was done, in words."""
    state = _state(root, stack)
    copy = state.with_name(f"{state.name}.bak")
    for side in (state, copy):
        path = side.with_name(side.name + SIDE_FILE)
        if _torn(path):
            path.unlink()
            yield f"removed {path.name}, which was half-written"
    if not _torn(state):
        return
    own = root / COPIES / f"{stack}.json"
    if _whole(copy):
        os.replace(copy, state)
        yield "the state was half-written; its last whole copy was put back"
    elif _whole(own):
        _older(root, stack).touch()
        copy.unlink(missing_ok=True)
        write_atomically(state, own.read_bytes(), mode=0o600)
        yield (
            "the state and its copy were half-written; as it was before that run it was put back"
        )


def is_older(root: Path, stack: str) -> bool:
    """Whether our own copy was put back, and what was made since was not found again yet."""
    return _older(root, stack).exists()


def caught_up(root: Path, stack: str) -> None:
    """What was made since is in the state again."""
    _older(root, stack).unlink(missing_ok=True)


def _older(root: Path, stack: str) -> Path:
    return root / COPIES / f"{stack}.older"


def _state(root: Path, stack: str) -> Path:
    return root / STATES / f"{stack}.json"


def _whole(path: Path) -> bool:
    return path.exists() and not _torn(path)


def _torn(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False
