"""Property paths as the comparison writes them: `tags.owner`, `rules[0].port`."""

from __future__ import annotations

import re

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def steps(path: str) -> tuple[str | int, ...]:
    """A path's steps; indexes of lists are numbers."""
    return tuple(int(match[1]) if match[1] else match[2] for match in _PART.finditer(path))
