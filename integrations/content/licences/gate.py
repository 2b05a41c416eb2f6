"""The licence gate: unknown or not allowed means held back, never passed on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from integrations.content.licences.reading import Licence


def allowed(licence: Licence, permitted: Iterable[str]) -> bool:
    """Whether one of `permitted` covers it: the same id, or a family that it is a version of."""
    if licence.state != "known":
        return False
    return any(
        licence.id == name or re.fullmatch(re.escape(name) + r"-[\d.]+", licence.id)
        for name in permitted
    )
