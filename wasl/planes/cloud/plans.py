"""The engine's update plans: what it is held to when it does what was shown.

A provider whose own settings are not known before the run (an account that is made in it) is asked
nothing in a preview. What it adds to the inputs of its resources then is left open in the plan, or
the engine would refuse what it was shown.
"""

from __future__ import annotations

import json
from pathlib import Path

from pulumi.runtime.rpc import UNKNOWN

from wasl.files import write_atomically


def leave_open(plan: Path) -> None:
    """Open what providers that are yet to be made add to inputs; all else stays as it is."""
    text = json.loads(plan.read_text("utf-8"))
    waiting = [
        resource["goal"]["inputDiff"]["adds"]
        for resource in text["resourcePlans"].values()
        if _waits(resource.get("goal") or {})
    ]
    for added in waiting:
        added["__defaults"] = UNKNOWN
        if "tags" in added:
            added["tagsAll"] = UNKNOWN
    if waiting:
        write_atomically(plan, json.dumps(text), mode=0o600)


def _waits(goal: dict[str, object]) -> bool:
    return str(goal.get("provider", "")).endswith(f"::{UNKNOWN}")
