"""What the parts of the story share: where it plays, a title, a command shown before it runs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from wasl.cli.main import main as wasl
from wasl.errors import ExitCode
from wasl.files import write_atomically

COUNTRY = "jo"
"""Whom the story is about; the other countries have a tenancy."""


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the copied checkout, and the local state."""

    checkout: Path = field(default_factory=Path.cwd)
    home: Path = field(default_factory=lambda: Path(os.environ["WASL_HOME"]))

    def describe(self, old: str, new: str, country: str = COUNTRY) -> None:
        """Change a line of a country's (copied) manifest."""
        manifest = self.checkout / "countries" / f"{country}.yaml"
        text = manifest.read_text("utf-8")
        if old not in text:
            raise LookupError(f"{manifest} has no {old!r}")
        write_atomically(manifest, text.replace(old, new, 1))

    def folder(self, name: str) -> Path:
        """A folder of the story's own."""
        path = self.home / "stage" / name
        path.mkdir(parents=True, exist_ok=True)
        return path


_BEGUN = time.monotonic()


def say(title: str) -> None:
    """A step's title, and when it began."""
    print(f"\n== {time.monotonic() - _BEGUN:3.0f} s  {title}", flush=True)


def run(title: str, *command: str, expected: ExitCode = ExitCode.CLEAN) -> bool:
    """Run one command line; whether it ended as it should."""
    say(title)
    print(f"$ wasl {' '.join(command)}", flush=True)
    status = wasl(list(command))
    return status == expected or stop(f"exit status {status}, expected {int(expected)}")


def stop(why: str) -> bool:
    """Say why the story ends here."""
    print(f"the demo stops here: {why}", flush=True)
    return False
