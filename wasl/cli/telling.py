"""How far a long read or write is, told at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable

from wasl.cli.context import Context
from wasl.planes.check import Progress


def progress(context: Context) -> Progress:
    """Says what is being done, how far it is and how fast."""
    return _Teller(context.console.note)


class _Teller:
    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._what = ""
        self._said = self._began = self._heard = time.monotonic()

    def __call__(self, what: str, done: int, of: int | None) -> None:
        if not what:
            return
        now = time.monotonic()
        if what != self._what:  # it began when what came before it was last heard of
            self._what, self._began = what, self._heard
        self._heard = now
        if now - self._said < 1:
            return
        self._said = now
        whole = f" of {of:,}" if of else ""
        speed = f", {done / max(now - self._began, 1e-3):,.0f} a second" if done else ""
        self._say(f"{what}: {done:,}{whole}{speed}" if done or of else f"{what} ...")


def rows(context: Context) -> Callable[[str, int], None]:
    """The same where nobody knows of how much."""
    tell = progress(context)
    return lambda what, done: tell(what, done, None)
