"""`make setup`: uv, the locked Python environment in `.venv`, the Pulumi engine.

Run by the system's own Python, so it needs nothing but the standard library. It does nothing
where all is there, may be interrupted at any moment, and may be repeated.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what says so to an older one
    sys.exit(
        "WASL-SETUP-PYTHON: Python 3.11 or newer is needed; this is "
        + sys.version.split()[0]
        + "\n  where: "
        + sys.executable
        + "\n  next:  install python3.11 or newer, then: make setup PYTHON=python3.11"
    )

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from infra.engine import lock  # noqa: E402 - the project's root must be on the path first
from infra.engine.obtain import obtain  # noqa: E402
from infra.engine.progress import Progress  # noqa: E402
from wasl.errors import ExitCode, WaslError  # noqa: E402
from wasl.files import write_atomically  # noqa: E402
from wasl.uv import sync  # noqa: E402

VENV = ROOT / ".venv"
STAMP = VENV / "wasl-setup"
UV_LOCK = lock.FOLDER / "uv.lock.txt"
PACKAGES = ROOT / "playbooks" / "debian-packages.txt"


def main() -> ExitCode:
    """Make the machine ready; errors are printed with what to do next."""
    progress = Progress()
    try:
        environment(progress)
        obtain(progress.say)
        system(progress)
    except WaslError as error:
        progress.error(error)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        progress.interrupted()
        return ExitCode.INTERRUPTED
    return ExitCode.CLEAN


def environment(progress: Progress) -> None:
    """Make `.venv` hold exactly the locked packages and the project itself, editable."""
    if _is_current():
        return
    with (ROOT / ".venv.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if _is_current():
            return
        uv = _uv(progress)
        if not (_runs(VENV / "bin" / "python") and _made_here()):
            progress.say("making the Python environment .venv")
            _run([uv, "venv", "-q", "--clear", "-p", _python(), str(VENV)])
        python = str(VENV / "bin" / "python")
        progress.say("installing the locked packages (about 1.3 GB on disk the first time)")
        _run(sync(uv, python, "requirements.lock"))
        _run([uv, "pip", "install", "-q", "-p", python, "--no-deps", "-e", "."])
        write_atomically(STAMP, _wanted())


def system(progress: Progress) -> None:
    """Debian's own packages, where apt-get and the right to use it are there.

    What is missing is said and no error: only school computers and their tests need them, and
    each of those says itself what it lacks.
    """
    if not shutil.which("apt-get"):
        return
    wanted = [line for line in PACKAGES.read_text("utf-8").split("\n") if line and line[0] != "#"]
    missing = [name for name in wanted if not _installed(name)]
    if not missing:
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and not _succeeds([*root, "true"]):
        progress.say(f"not root, so left out: {' '.join(missing)} (apt-get install them)")
        return
    progress.say(f"installing Debian's {' '.join(missing)}")
    apt = [*root, "apt-get", "-q", "-y"]
    if not _succeeds([*apt, "install", "--no-install-recommends", *missing]):
        _succeeds([*apt, "update"])
        if not _succeeds([*apt, "install", "--no-install-recommends", *missing]):
            progress.say("they could not be had; tests that need them will say so and be skipped")


def _installed(package: str) -> bool:
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status}", package],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return answer.stdout == "installed"


def _succeeds(command: Sequence[str]) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    answer = subprocess.run(command, env=quiet, stdin=subprocess.DEVNULL, capture_output=True)
    return answer.returncode == 0


def _is_current() -> bool:
    python = VENV / "bin" / "python"
    return STAMP.is_file() and python.exists() and STAMP.read_text("utf-8") == _wanted()


def _made_here() -> bool:
    """Whether `.venv` stands where it was made: what it runs names its Python by that place."""
    try:
        return f"'{VENV}'" in (VENV / "bin" / "activate").read_text("utf-8")
    except OSError:
        return False


def _wanted() -> str:
    """What the environment is made from: any change of it makes the environment anew."""
    digest = hashlib.sha256(str(ROOT).encode())
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _python() -> str:
    """The interpreter for `.venv`: this one if the project supports it, else uv finds one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    supported = project["requires-python"]
    below = lock.parse((re.search(r"<\s*([\d.]+)", supported) or [""])[0])
    return sys.executable if below is None or sys.version_info[:3] < below else supported


def _uv(progress: Progress) -> str:
    """uv from PATH, else the locked one in the cache, installed there by pip."""
    found = shutil.which("uv")
    if found:
        return found
    digest = hashlib.sha256(UV_LOCK.read_bytes()).hexdigest()[:12]
    folder = lock.cache() / "uv" / digest
    uv = folder / "bin" / "uv"
    if not _runs(uv):
        progress.say("installing uv (it installs Python packages) into the cache")
        shutil.rmtree(folder, ignore_errors=True)
        _make_venv(folder)
        python = str(folder / "bin" / "python")
        _run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(UV_LOCK)])
    return str(uv)


def _make_venv(folder: Path) -> None:
    try:
        _run([sys.executable, "-m", "venv", str(folder)])
    except WaslError as error:
        raise WaslError(
            "WASL-SETUP-VENV",
            "this Python cannot make virtual environments",
            where=sys.executable,
            hint="apt install python3-venv (or put uv on PATH), then: make setup",
        ) from error


def _runs(program: Path) -> bool:
    try:
        return not subprocess.run(
            [program, "--version"], capture_output=True, stdin=subprocess.DEVNULL
        ).returncode
    except OSError:
        return False


def _run(command: Sequence[str]) -> None:
    answer = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    if answer.returncode:
        raise WaslError(
            "WASL-SETUP-FAILED",
            f"{' '.join(command)} ended with status {answer.returncode}",
            where=str(ROOT),
            hint="see the lines above; the network and free disk space are the usual causes; "
            "then: make setup",
        )


if __name__ == "__main__":
    sys.exit(main())
