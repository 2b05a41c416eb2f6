"""What stays in memory for the rest of the process, so that the collector need not walk it."""

from __future__ import annotations

import atexit
import gc


def keep() -> None:
    """Leave out all that is here now: modules, services' models, what else is large and stays."""
    gc.freeze()


# The freeze is of the whole process: what others made is collected again when that ends, or their
# libraries report leaks.
atexit.register(gc.unfreeze)
