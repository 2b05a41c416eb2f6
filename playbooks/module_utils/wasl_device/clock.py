"""The time as records write it, and whether this machine's clock can be believed.

A computer with a flat battery wakes in 1970 or in its maker's year. Nothing then is refused, since
the work is true; the record says so, and its chain still gives the order.
"""

from __future__ import annotations

import time

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
RELEASED = "2026-01-01T00:00:00Z"  # no entry can be older than this code


def now() -> str:
    """UTC, to the second."""
    return time.strftime(FORMAT, time.gmtime())


def is_doubtful(moment: str, not_before: str = RELEASED) -> bool:
    """Whether a clock that says `moment` must be wrong: before this code, or before `not_before`
    (the last entry's time, the certificate's first day).
    """
    return moment < max(RELEASED, not_before)
