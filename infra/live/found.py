"""What the check found, before it is put into words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wasl.result import Kind, Words


@dataclass(frozen=True)
class Found:
    """One difference; `target` is a URN of the state or, of what is in no state, an ARN or id.

    `key` is the manifest key of the resource's component. `reason` says why, where expected and
    found do not.
    """

    kind: Kind
    target: str
    type: str = ""
    property: str = ""
    expected: Any = None
    found: Any = None
    key: str = ""
    reason: Words = ""
    remedy: str = ""


@dataclass(frozen=True)
class Report:
    """All of one stack: what differs, and how much was looked at."""

    found: tuple[Found, ...] = ()
    compared: int = 0
    secrets: int = 0
    sent: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    """Calls by service, operation and region."""


def unmanaged(target: str, token: str, shown: Any) -> Found:
    """Something that is in no state."""
    remedy = "describe it, or remove it from AWS"
    return Found(Kind.UNMANAGED, target, token, found=shown, remedy=remedy)
