"""What Python's collector looks at, and how often: what stays in memory need not be walked."""

from __future__ import annotations

import atexit
import gc


def collect_seldom() -> None:
    """Let the collector run a seventieth as often as Python would have it.

    A program that loads some million objects, all of which stay, is walked through again and again
    while they come: without this, it takes a quarter of a plan's time.
    """
    gc.set_threshold(50_000, 10, 10)


def keep() -> None:
    """Leave out all that is here now: modules, services' models, what else is large and stays."""
    gc.freeze()


# The freeze is of the whole process: what others made is collected again when that ends, or their
# libraries report leaks.
atexit.register(gc.unfreeze)
