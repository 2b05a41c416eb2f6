"""The programs that make file systems and boot loaders: Debian's own, from the same lock.

They run in a tree of their own, so that neither the host's versions nor its defaults matter. The
tree is kept for the next build; the folder being worked on appears in it as `/build`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.devices.systems import tree
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.lock import Lock

# In a mount namespace of its own: the mount ends with the program.
_INSIDE = 'mount --bind "$1" "$2/build" && root=$2 && shift 2 && exec chroot "$root" "$@"'


@dataclass(frozen=True)
class Tools:
    """The tree of programs, and the folder that they work on."""

    root: Path
    work: Path
    date: int

    def run(self, *command: str, given: str = "") -> str:
        """What a program says. Raises `WaslError` (WASL-SYSTEM-BUILD)."""
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SOURCE_DATE_EPOCH": str(self.date),
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "MTOOLS_SKIP_CHECK": "1",
        }
        inside = ["sh", "-c", _INSIDE, "sh", str(self.work), str(self.root), *command]
        done = subprocess.run(
            [*tree.APART, *inside],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()[-400:]
            raise WaslError(
                "WASL-SYSTEM-BUILD", f"{command[0]} failed: {said}", hint="make room, try again"
            )
        return done.stdout

    def file(self, path: str) -> bytes:
        """A file of the tree, such as a boot loader."""
        return (self.root / path.lstrip("/")).read_bytes()


def tools(lock: Lock, cache: Cache, work: Path, say: Callable[[str], None]) -> Tools:
    """The tools of this lock, made where they are not here yet. Raises what `tree.make` does."""
    tree.require_able()
    named = "".join(f"{package.sha256}\n" for package in lock.packages("tools"))
    place = cache.folder.parent / "tools"
    place.mkdir(parents=True, exist_ok=True)
    root = place / hashlib.sha256(named.encode()).hexdigest()[:16]
    with (place / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not root.exists():
            _make(lock, cache, root, say)
    return Tools(root, work, lock.date)


def _make(lock: Lock, cache: Cache, root: Path, say: Callable[[str], None]) -> None:
    say("making the tree of tools")
    fresh = root.with_name(f".{root.name}.{os.getpid()}")
    try:
        tree.make(lock, tree.Recipe("tools"), cache, fresh, say)
        (fresh / "build").mkdir()
        os.replace(fresh, root)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
