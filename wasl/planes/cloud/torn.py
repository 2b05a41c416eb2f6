"""Half-written files of a file backend, which a kill or a full disk may leave.

The engine writes a blob's metadata in place, and on a full disk it may put a torn state where a
whole one was. Before each write it copies the state to `.bak`: while that is whole, only the write
that failed is missing from it, and what that write was about is still pending in the copy.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from wasl.planes.cloud.buckets import SIDE_FILE, STATES


def mend(root: Path, stack: str) -> Iterator[str]:
    """Put a stack's files right; what was done, in words."""
    state = root / STATES / f"{stack}.json"
    copy = state.with_name(f"{state.name}.bak")
    for side in (state, copy):
        path = side.with_name(side.name + SIDE_FILE)
        if _torn(path):
            path.unlink()
            yield f"removed {path.name}, which was half-written"
    if _torn(state) and copy.exists() and not _torn(copy):
        os.replace(copy, state)
        yield "the state was half-written; its last whole copy was put back"


def _torn(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        return True
    return False
