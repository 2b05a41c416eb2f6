"""Kolibri's own locked environment: made by uv in the cache, once for each lock.

Kolibri carries old copies of many packages inside itself, so it never shares an environment with
anything. Its requirements file holds every package with its hashes.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from wasl.errors import WaslError
from wasl.uv import sync, uv

_LONGEST = 900.0


@dataclass(frozen=True)
class Kolibri:
    """An environment with Kolibri in it."""

    python: Path

    @property
    def command(self) -> Path:
        """The `kolibri` command line."""
        return self.python.with_name("kolibri")

    def write(self, description: Path, database: Path) -> None:
        """Write a channel's database from its description; it appears whole or not at all."""
        temporary = database.with_name(f".{database.name}.new")
        home = database.with_name("kolibri")
        temporary.unlink(missing_ok=True)
        shutil.rmtree(home, ignore_errors=True)  # of a run that was killed
        home.mkdir()
        try:
            self._run(str(description), str(temporary), str(home))
            os.replace(temporary, database)
        finally:
            temporary.unlink(missing_ok=True)
            shutil.rmtree(home, ignore_errors=True)

    def version(self) -> str:
        """Kolibri's version."""
        return self._run("--version").strip()

    def _run(self, *arguments: str) -> str:
        script = files("integrations.content.kolibri").joinpath("writer.py")
        environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
        done = subprocess.run(
            [str(self.python), "-I", str(script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        if done.returncode:
            raise WaslError(
                "WASL-CONTENT-KOLIBRI",
                f"Kolibri could not do it: {_last(done.stderr)}",
                where=str(self.python),
                hint="remove that environment and run the same command again",
            )
        return done.stdout


def kolibri(cache: Path) -> Kolibri:
    """The environment, made now where there is none. Needs the package index only then."""
    lock = files("integrations.content.kolibri").joinpath("requirements.txt").read_text("utf-8")
    folder = cache / "kolibri" / hashlib.sha256(lock.encode()).hexdigest()[:12]
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / f"{folder.name}.lock").open("w") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            if not (folder / "ready").exists():
                _make(uv(cache), folder, python, lock)
    return Kolibri(python)


def _make(program: str, folder: Path, python: Path, lock: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _call(program, "venv", "-q", "-p", sys.executable, str(folder))
        requirements = folder / "requirements.txt"
        requirements.write_text(lock, "utf-8")
        _call(*sync(program, python, requirements))
        (folder / "ready").write_text("", "utf-8")
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise WaslError(
            "WASL-CONTENT-KOLIBRI",
            f"Kolibri's environment could not be made: {_last(said)}",
            where=str(folder),
            hint="bring the package index within reach (make setup does the same for wasl), "
            "then run the same command again",
        ) from error


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=_LONGEST)


def _last(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
