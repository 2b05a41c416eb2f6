"""Waiting for what AWS does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST, _LONGEST = 0.2, 10.0


def wait_for(what: str, ask: Callable[[], T | None], seconds: float) -> T:
    """The first answer of `ask` that is not None, asked ever more slowly.

    Raises RuntimeError after `seconds`: the next run goes on from what is there.
    """
    end, pause = time.monotonic() + seconds, _FIRST
    while (answer := ask()) is None:
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: still waiting after {seconds:g} seconds")
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST)
    return answer
