"""A number as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Number:
    """A number, or why there is none, and the appendix's numbers of its evidence.

    `hidden` counts are under five, or would tell of such a one; `at-least` is a sum of which a part
    is hidden or not known.
    """

    how: Literal["exact", "at-least", "hidden", "unknown"]
    value: float | None
    evidence: tuple[int, ...] = ()
