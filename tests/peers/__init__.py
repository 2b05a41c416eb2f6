"""Other people's programs that ours is tested against, each in a locked environment of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from wasl.uv import sync, uv

HERE = Path(__file__).parent


def environment(name: str) -> Path:
    """The `bin` folder of the environment that `<name>.txt` locks; made once, kept in the cache."""
    lock = HERE / f"{name}.txt"
    folder = _folder(name, lock)
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        program = uv(_cache() / "wasl")
        subprocess.run([program, "venv", "-q", "-p", sys.executable, str(folder)], check=True)
        subprocess.run(sync(program, folder / "bin/python", lock), check=True)
        (folder / "complete").touch()
    return folder / "bin"


def axe() -> str:
    """axe-core's script as `package-lock.json` locks it; got once, kept in the cache."""
    folder = _folder("node", HERE / "package-lock.json")
    script = folder / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed (axe-core is got by it once)")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, made)
            quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run([npm, "ci", *quiet], cwd=made, check=True)
            shutil.copytree(made, folder, dirs_exist_ok=True)
    return script.read_text("utf-8")


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _folder(name: str, lock: Path) -> Path:
    """Where what `lock` locks is kept."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    return _cache() / "wasl/peers" / f"{name}-{digest}"
