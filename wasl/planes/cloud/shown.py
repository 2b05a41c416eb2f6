"""What a report may show of a property: nothing that is, or by its name may be, a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from infra.aws.paths import joined, steps
from infra.live.state import SECRET  # the engine writes the same
from wasl.result import WITHHELD

_SECRETIVE = re.compile(r"(password|secret|token|private_?key|credential|passphrase)", re.I)
_NAMES_ONLY = re.compile(
    r"(arn|id|name|path|policy|days|enabled|window\w*|validity\w*|units)$", re.I
)
_UNITS = "tokenValidityUnits"  # `accessToken: hours`


def shown(path: str, found: Any) -> Any:
    """`found` as a report may show it."""
    if found is None or isinstance(found, bool | int | float):
        return found
    if _may_be_secret(path) or SECRET in str(found):
        return WITHHELD
    if isinstance(found, Mapping):
        return {key: shown(joined(path, key), item) for key, item in found.items()}
    if isinstance(found, list):
        return [shown(path, item) for item in found]
    return found


def _may_be_secret(path: str) -> bool:
    *above, last = (str(step) for step in steps(path) or ("",))
    if _UNITS in above:
        return False
    return bool(_SECRETIVE.search(last)) and not _NAMES_ONLY.search(last)
