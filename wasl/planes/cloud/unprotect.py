"""How protection is lifted on purpose: one run of the program with `wasl:unprotect` set.

The key stands in a configuration file of that run alone, so that nobody can leave it behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from infra.sandbox.home import Home
from wasl.files import write_atomically
from wasl.planes.cloud.checkpoint import Checkpoint
from wasl.planes.cloud.failures import protected
from wasl.planes.cloud.stacks import Stacks

KEY = "wasl:unprotect"


def configuration(stacks: Stacks, name: str) -> Path:
    """The stack's own configuration with the key added, in a file that the caller removes."""
    known = _known(stacks, name)
    lifted = {**known, "config": {**(known.get("config") or {}), KEY: "true"}}
    path = stacks.folder(name) / "unprotected.yaml"
    write_atomically(path, yaml.safe_dump(lifted), mode=0o600)
    return path


def _known(stacks: Stacks, name: str) -> dict[str, Any]:
    target = stacks.target
    shared = Home(target.home).configuration
    own = shared if target.sandbox else target.root / "infra/stacks" / f"Pulumi.{name}.yaml"
    known = yaml.safe_load(own.read_text("utf-8")) if own.exists() else None
    return known or {}


def refuse_protected(stack: str, state: Checkpoint | None) -> None:
    """Raise WASL-CLOUD-PROTECTED where a state holds what is protected.

    The engine comes upon it on its way, when what nothing depends on is gone already.
    """
    kept = [item["urn"] for item in state.resources if item.get("protect")] if state else []
    if kept:
        raise protected(stack, kept[0])
