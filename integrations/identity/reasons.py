"""Why a plan does what it does: a closed list of codes, and a sentence for each."""

from __future__ import annotations

SENTENCES = {
    "new": "new in the roster",
    "differs": "the partner's record differs",
    "moved": "moved to another school",
    "disabled": "disabled in the roster",
    "absent": "no longer in the roster",
    "double": "the partner holds it twice",
    "withdrawn": "marked for removal by the roster",
    "grace-over": "disabled long enough to be removed",
    "grace": "disabled, and kept for the days of grace",
    "unknown-since": "disabled, and nobody knows since when: kept",
    "cannot-disable": "the contract gives no way to disable it: kept",
    "still-used": "other records at the partner still refer to it: kept",
    "rejected": "its row in the roster was refused: kept as it is",
    "other-year": "belongs to another school year: kept",
    "roll-over": "ended with its school year",
}
