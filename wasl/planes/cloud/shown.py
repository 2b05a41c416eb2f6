"""Property paths as the engine writes them: `tags.owner`, `rules[0].port`, `tags["a.b"]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SECRET = "[secret]"  # noqa: S105 (what the engine writes in the place of one)
WITHHELD = "(withheld: it may be a secret)"
_PART = re.compile(r'\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.\[\]]+)')
_SECRETIVE = re.compile(r"(password|secret|token|private_?key|credential|passphrase)", re.I)
_NAMES_ONLY = re.compile(
    r"(arn|id|name|path|policy|days|enabled|window\w*|validity\w*|units)$", re.I
)


def parts(path: str) -> tuple[str | int, ...]:
    """A path's steps; indexes of lists are numbers."""
    return tuple(
        int(match[1]) if match[1] else match[2] if match[2] is not None else match[3]
        for match in _PART.finditer(path)
    )


def value(properties: Mapping[str, Any], path: str) -> Any:
    """What stands at `path`; None where there is nothing."""
    here: Any = properties
    for part in parts(path):
        if isinstance(here, Mapping):
            here = here.get(str(part))
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            return None
    return here


def shown(path: str, found: Any) -> Any:
    """`found` as a report may show it: nothing that is, or by its name may be, a secret."""
    if found is None:
        return None
    if _may_be_secret(path) or SECRET in str(found):
        return WITHHELD
    if isinstance(found, Mapping):
        return {key: shown(f"{path}.{key}", item) for key, item in found.items()}
    if isinstance(found, list):
        return [shown(path, item) for item in found]
    return found


def _may_be_secret(path: str) -> bool:
    last = str((parts(path) or ("",))[-1])
    return bool(_SECRETIVE.search(last)) and not _NAMES_ONLY.search(last)
