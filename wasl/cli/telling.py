"""How far a long read or write is, told at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from wasl.cli.context import Context
from wasl.planes.check import Progress


def progress(context: Context) -> Progress:
    """Says what is being done, how far it is and how fast."""
    began = time.monotonic()
    last = [began]

    def tell(what: str, done: int, of: int | None) -> None:
        now = time.monotonic()
        if what and now - last[0] >= 1:
            last[0] = now
            whole = f" of {of:,}" if of else ""
            speed = f", {done / max(now - began, 1e-3):,.0f} a second" if done else ""
            context.console.note(f"{what}: {done:,}{whole}{speed}")

    return tell


def rows(context: Context) -> Callable[[str, int], None]:
    """The same where nobody knows of how much."""
    tell = progress(context)
    return lambda what, done: tell(what, done, None)
