"""The one place that says which engine: `go.mod` beside this file.

The Python SDK in pyproject.toml is pinned to the same version; a test holds the two together.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from wasl.errors import WaslError

FOLDER = Path(__file__).resolve().parent
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
CLI_MODULE = "github.com/pulumi/pulumi/pkg/v3"

Version = tuple[int, int, int]


def parse(text: str) -> Version | None:
    """The first `1.2.3` (or `1.2`, read as `1.2.0`) in a text such as `v1.2.3` or `go1.26`."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(match[1]), int(match[2]), int(match[3] or 0)) if match else None


def engine_version() -> str:
    """The locked engine version, for example `3.259.0`."""
    return _from_go_mod(rf"^\s*{re.escape(CLI_MODULE)} v(\S+)")


def go_version() -> str:
    """The oldest Go that can build the locked engine, for example `1.25.11`."""
    return _from_go_mod(r"^go (\S+)")


def cache() -> Path:
    """wasl's folder in the user's cache (`XDG_CACHE_HOME`, else `~/.cache`)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wasl"


def cached_bin() -> Path:
    """Where the locked engine's programs are kept once they were got."""
    return cache() / "engine" / engine_version() / "bin"


def _from_go_mod(pattern: str) -> str:
    go_mod = FOLDER / "go.mod"
    match = re.search(pattern, go_mod.read_text("utf-8"), re.MULTILINE)
    if not match:
        raise WaslError(
            "WASL-ENGINE-LOCK",
            f"no line matches {pattern!r}",
            where=str(go_mod),
            hint="git checkout infra/engine/go.mod",
        )
    return match[1]
