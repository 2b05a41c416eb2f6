"""Get the engine once into the cache: the release archive, else a build.

Two at once wait for each other; an interruption leaves nothing half-made; repeating is safe.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.engine import archive, build, locate, lock

Say = Callable[[str], None]


def obtain(say: Say, *, base: str = archive.BASE) -> locate.Found:
    """The engine to use, got first if this machine lacks it.

    `say` takes lines of progress; `base` is where release archives are published.
    """
    found = locate.usable()
    if found and locate.has_parts(found):
        return found
    with _alone(_lock_file(), say):
        found = locate.usable()
        if not found:
            _explain_refusal(say)
            found = _get(say, base)
        if not locate.has_parts(found):
            say("getting the SDK's program runner")
            _into_cache(build.copy_program_runner)
    return found


def _lock_file() -> Path:
    folder = lock.cached_bin().parent
    return folder.with_name(f"{folder.name}.lock")


def _explain_refusal(say: Say) -> None:
    ambient = locate.on_path()
    if ambient:
        say(f"{ambient.pulumi} is not used: {ambient.refusal}")


def _get(say: Say, base: str) -> locate.Found:
    version = lock.engine_version()
    try:
        say(f"getting the Pulumi engine {version} from its publisher")
        _into_cache(lambda folder: archive.fetch(version, folder, say, base=base))
    except archive.Unreachable as why:
        say(f"no release archive here ({why})")
        say("building the engine from source instead: some minutes, once")
        _into_cache(lambda folder: build.build(folder, say))
    return locate.Found(lock.cached_bin() / "pulumi", version)


def _into_cache(make: Callable[[Path], None]) -> None:
    """Let `make` fill a folder beside the cached one, then move what it made, each atomically."""
    target = lock.cached_bin()
    target.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob("new-*"):  # of a run that was killed; we are alone here
        shutil.rmtree(leftover, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="new-", dir=target.parent) as folder:
        make(Path(folder))
        # The engine last: its presence is what says that all the rest is there.
        for program in sorted(Path(folder).iterdir(), key=lambda path: path.name == "pulumi"):
            os.replace(program, target / program.name)


@contextmanager
def _alone(path: Path, say: Say) -> Iterator[None]:
    """Hold the lock file `path`, whose holder's death frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is getting the engine; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
