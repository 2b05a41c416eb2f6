"""uv, which makes Python environments: the one on PATH, else the one set-up installed."""

from __future__ import annotations

import shutil
from pathlib import Path

from wasl.errors import WaslError


def sync(program: str, python: str | Path, lock: str | Path) -> list[str]:
    """The words that make an environment hold exactly what `lock` names, by its hashes.

    Compiled at once: where Python may write no bytecode, each run would compile all it imports.
    """
    words = [program, "pip", "sync", "-p", str(python), "--require-hashes", "--compile-bytecode"]
    return [*words, str(lock)]


def uv(cache: Path) -> str:
    """The program's path; `cache` is wasl's folder in the user's cache. Raises WASL-SETUP-UV."""
    found = shutil.which("uv") or max(map(str, cache.glob("uv/*/bin/uv")), default=None)
    if found is None:
        raise WaslError(
            "WASL-SETUP-UV",
            "uv, which makes Python environments, is not here",
            where=str(cache / "uv"),
            hint="make setup (or put uv on PATH)",
        )
    return found
