"""Find the Pulumi engine that is already on this machine; get nothing, build nothing.

Order: a `pulumi` on PATH of the locked major version and at least the locked version, else the
one in the cache. Where the compiled Python language host is missing, shims in `<home>/bin` run
the project's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from infra.engine import lock, shims
from wasl.errors import WaslError


@dataclass(frozen=True)
class Engine:
    """An engine that can be run: its program, its version, and what to put in front of PATH."""

    pulumi: Path
    version: str
    path_entries: tuple[Path, ...]


@dataclass(frozen=True)
class Found:
    """A `pulumi` program, and why it was refused (`refusal` is empty if it is good)."""

    pulumi: Path
    version: str
    refusal: str = ""


def engine(home: Path) -> Engine:
    """The engine to use, with shims written into `<home>/bin` where it needs them.

    Raises WASL-ENGINE-MISSING where `make setup` has not been run.
    """
    found = usable()
    if found is None or not has_parts(found):
        raise WaslError(
            "WASL-ENGINE-MISSING",
            f"the Pulumi engine {lock.engine_version()} is not set up on this machine",
            where=str(lock.cached_bin()),
            hint="make setup",
        )
    if has_language_host(found):
        return Engine(found.pulumi, found.version, (found.pulumi.parent,))
    pulumi = shims.write(home / "bin", found.pulumi)
    entries = dict.fromkeys((home / "bin", pulumi.parent))
    return Engine(pulumi, found.version, tuple(entries))


def usable() -> Found | None:
    """The engine to use, from PATH or from the cache; None where there is none."""
    ambient = on_path()
    if ambient and not ambient.refusal:
        return ambient
    cached = lock.cached_bin() / "pulumi"
    return Found(cached, lock.engine_version()) if _is_program(cached) else None


def on_path() -> Found | None:
    """The `pulumi` on PATH, judged; None where PATH has none but our own."""
    path = _which("pulumi")
    if path is None or _same_file(path, lock.cached_bin() / "pulumi"):
        return None
    version = _ask_version(path)
    return Found(path, version or "unknown", _refusal(version))


def has_parts(found: Found) -> bool:
    """Whether Python programs can run: a compiled language host, or what ours needs."""
    return has_language_host(found) or shims.program_runner().is_file()


def has_language_host(found: Found) -> bool:
    """Whether the compiled `pulumi-language-python` is beside the engine or on PATH."""
    name = shims.LANGUAGE_HOST
    beside, ambient = found.pulumi.parent / name, _which(name)
    return _is_program(beside) or (ambient is not None and not shims.is_ours(ambient))


def _refusal(version: str | None) -> str:
    wanted = lock.engine_version()
    have, want = lock.parse(version or ""), lock.parse(wanted)
    if have is None or want is None:
        return "it does not say its version"
    if have[0] != want[0]:
        return f"{version} is of another major version than the locked {wanted}"
    return f"{version} is older than the locked {wanted}" if have < want else ""


def _ask_version(path: Path) -> str | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        answer = subprocess.run(
            [path, "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip().removeprefix("v") or None


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found).resolve() if found else None


def _same_file(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
