"""What the parts of the demo share: a title, a command shown before it runs, a state of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wasl.cli.main import main as wasl
from wasl.errors import ExitCode


def say(title: str) -> None:
    """A step's title."""
    print(f"\n== {title}", flush=True)


def run(title: str, command: list[str], expected: ExitCode) -> bool:
    """Run one command line; whether it ended as it should."""
    say(title)
    print(f"$ wasl {' '.join(command)}", flush=True)
    status = wasl(command)
    if status != expected:
        print(f"the demo stops here: exit status {status}, expected {int(expected)}", flush=True)
    return status == expected


@contextmanager
def apart(home: Path) -> Iterator[None]:
    """A local state of its own, and no tenancy that the user may be logged in to."""
    before = {name: os.environ.pop(name, None) for name in ("WASL_HOME", "PULUMI_BACKEND_URL")}
    os.environ["WASL_HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.pop("WASL_HOME")
        os.environ.update({name: value for name, value in before.items() if value is not None})
