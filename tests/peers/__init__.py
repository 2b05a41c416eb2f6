"""Other people's programs that ours is tested against, each in a locked environment of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def environment(name: str) -> Path:
    """The `bin` folder of the environment that `<name>.txt` locks; made once, kept in the cache."""
    lock = HERE / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "wasl/peers" / f"{name}-{digest}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        uv = shutil.which("uv") or _cached_uv(cache)
        python = str(folder / "bin/python")
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
        sync = [uv, "pip", "sync", "-q", "-p", python, "--require-hashes", str(lock)]
        subprocess.run(sync, check=True)
        (folder / "complete").touch()
    return folder / "bin"


def _cached_uv(cache: Path) -> str:
    """The uv that `make setup` put into the cache."""
    found = sorted((cache / "wasl").glob("**/uv/*/bin/uv"))
    if not found:
        raise RuntimeError("uv is neither on PATH nor in the cache: make setup")
    return str(found[-1])
