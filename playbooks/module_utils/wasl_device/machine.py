"""The machine underneath: programs run and small files read, live or as recorded before.

A recording holds every answer by its question, so that what was seen on a device in a depot can
be looked at again anywhere: intake's tests are recordings.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .errors import DeviceError

MISSING = 127  # the status of a program that is not there, as a shell gives it
TIMEOUT = 120  # seconds: a dying disk answers late, and one that never answers is a finding
_LIMIT = 4 << 20


@dataclass(frozen=True, slots=True)
class Output:
    """What a program said; `out` is bytes read as Latin-1, so that binary answers survive."""

    status: int
    out: str
    error: str = ""

    @property
    def raw(self) -> bytes:
        """The answer's bytes."""
        return self.out.encode("latin-1")

    @property
    def text(self) -> str:
        """The answer as UTF-8 text."""
        return self.raw.decode("utf-8", "replace")


class Machine(Protocol):
    """A device as the code here sees it."""

    @property
    def is_live(self) -> bool:
        """Whether it is this very computer, now."""

    def run(self, *command: str, timeout: float = TIMEOUT) -> Output:
        """Run a program. Never raises: what cannot run, or not in time, has a status."""

    def read(self, path: str) -> str:
        """A small file's text, stripped; empty where it cannot be read."""

    def glob(self, pattern: str) -> Sequence[str]:
        """Paths that match, sorted."""


@dataclass(frozen=True)
class Live:
    """This computer."""

    is_live: bool = True

    def run(self, *command: str, timeout: float = TIMEOUT) -> Output:
        environment = {**os.environ, "LC_ALL": "C"}
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=timeout,
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            return Output(MISSING, "", f"{command[0]} is not installed")
        except (OSError, subprocess.TimeoutExpired) as error:
            return Output(124, "", str(error))
        out = done.stdout[:_LIMIT].decode("latin-1")
        return Output(done.returncode, out, done.stderr[:_LIMIT].decode("utf-8", "replace"))

    def read(self, path: str) -> str:
        try:
            with open(path, "rb") as file:
                return file.read(_LIMIT).decode("utf-8", "replace").strip("\0 \n\t")
        except OSError:
            return ""

    def glob(self, pattern: str) -> Sequence[str]:
        return sorted(glob.glob(pattern))


@dataclass(frozen=True)
class Recorded:
    """A device as it was recorded; what was never asked is missing."""

    commands: Mapping[str, Output]
    files: Mapping[str, str]
    globs: Mapping[str, Sequence[str]]
    is_live: bool = False

    @classmethod
    def load(cls, path: Path) -> Recorded:
        """From a recording's file. Raises WASL-SNAPSHOT-BAD."""
        try:
            told = json.loads(path.read_text("utf-8"))
            outputs = {name: Output(**output) for name, output in told["commands"].items()}
            return cls(outputs, dict(told["files"]), dict(told["globs"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DeviceError("WASL-SNAPSHOT-BAD", file=path, reason=error) from None

    def run(self, *command: str, timeout: float = TIMEOUT) -> Output:
        missing = Output(MISSING, "", f"{command[0]} was not run")
        return self.commands.get(" ".join(command), missing)

    def read(self, path: str) -> str:
        return self.files.get(path, "")

    def glob(self, pattern: str) -> Sequence[str]:
        return self.globs.get(pattern, ())


@dataclass
class Recording:
    """Another machine, and all its answers."""

    machine: Machine
    commands: dict[str, Output] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    globs: dict[str, Sequence[str]] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.machine.is_live

    def run(self, *command: str, timeout: float = TIMEOUT) -> Output:
        return self.commands.setdefault(
            " ".join(command), self.machine.run(*command, timeout=timeout)
        )

    def read(self, path: str) -> str:
        return self.files.setdefault(path, self.machine.read(path))

    def glob(self, pattern: str) -> Sequence[str]:
        return self.globs.setdefault(pattern, self.machine.glob(pattern))

    def as_json(self) -> dict[str, Any]:
        """What `Recorded.load` reads."""
        outputs = {
            name: {"status": one.status, "out": one.out, "error": one.error}
            for name, one in self.commands.items()
        }
        globs = {pattern: list(paths) for pattern, paths in self.globs.items()}
        return {"commands": outputs, "files": self.files, "globs": globs}


@dataclass(frozen=True)
class Practice:
    """A recorded device whose disks are loop devices of this computer."""

    recorded: Machine
    live: Machine
    is_live: bool = False

    def run(self, *command: str, timeout: float = TIMEOUT) -> Output:
        if command[0] == "lsblk":
            return self.live.run(*command, timeout=timeout)
        return self.recorded.run(*command, timeout=timeout)

    def read(self, path: str) -> str:
        here = path.startswith("/sys/block/loop")
        return self.live.read(path) if here else self.recorded.read(path)

    def glob(self, pattern: str) -> Sequence[str]:
        return self.recorded.glob(pattern)
