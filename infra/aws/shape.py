"""Nested blocks between AWS's spelling and Pulumi's: `NoncurrentDays` ↔ `noncurrentDays`.

`names` maps AWS's names to Pulumi's where they are more than a matter of the first letter
(Pulumi makes lists plural: `Rules` ↔ `rules`, but `Statement` ↔ `statements`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.aws.model import lower_camel

Names = Mapping[str, str]


def camel(value: Any, names: Names | None = None) -> Any:
    """AWS's nested value in Pulumi's spelling."""
    if isinstance(value, Mapping):
        known = names or {}
        return {known.get(key, lower_camel(key)): camel(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [camel(item, names) for item in value]
    return value.decode() if isinstance(value, bytes) else value


def pascal(value: Any, names: Names | None = None) -> Any:
    """Pulumi's nested value in AWS's spelling; what is unset is left out."""
    if isinstance(value, Mapping):
        known = {ours: theirs for theirs, ours in (names or {}).items()}
        return {
            known.get(key, key[:1].upper() + key[1:]): pascal(item, names)
            for key, item in value.items()
            if key != "__defaults" and item is not None
        }
    if isinstance(value, list):
        return [pascal(item, names) for item in value]
    return value
