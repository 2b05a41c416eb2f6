"""The engine's update plans: what it is held to when it does what was shown.

A provider whose own settings are not known before the run (an account that is made in it) is asked
nothing in a preview. What it adds to the inputs of its resources then is left open in the plan, or
the engine would refuse what it was shown.
"""

from __future__ import annotations

import json
from pathlib import Path

from wasl.files import write_atomically

_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"  # Pulumi's mark of a value that is not known yet


def leave_open(plan: Path) -> None:
    """Open what providers that are yet to be made add to inputs; all else stays as it is."""
    text = json.loads(plan.read_text("utf-8"))
    waiting = [
        resource["goal"]["inputDiff"]["adds"]
        for resource in text["resourcePlans"].values()
        if _waits(resource.get("goal") or {})
    ]
    for added in waiting:
        added["__defaults"] = _UNKNOWN
        if "tags" in added:
            added["tagsAll"] = _UNKNOWN
    if waiting:
        write_atomically(plan, json.dumps(text), mode=0o600)


def _waits(goal: dict[str, object]) -> bool:
    return str(goal.get("provider", "")).endswith(f"::{_UNKNOWN}")
