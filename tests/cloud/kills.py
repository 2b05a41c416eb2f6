"""Kill a run at a chosen moment, and see that the next one puts everything right."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from infra.sandbox.home import Home
from tests.cloud.conftest import Cli
from wasl.planes.cloud.orphans import MARK
from wasl.processes import Process, marked

Victim = Literal["everything", "engine", "coordinator"]
_PATIENCE = 120.0


def calls(home: Path) -> int:
    """How many changing calls the emulated AWS has answered."""
    recording = Home(home).recording
    return recording.read_bytes().count(b"\n") if recording.exists() else 0


def kill_after(cli: Cli, arguments: list[str], count: int, victim: Victim) -> bool:
    """Start `wasl` and kill it once AWS got `count` changing calls; whether it came to that.

    The signal is SIGKILL. A run that ends before is waited for.
    """
    begun = calls(cli.home)
    process = subprocess.Popen(
        cli.command(*arguments),
        env=cli.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + _PATIENCE
    while calls(cli.home) < begun + count and process.poll() is None:
        assert time.monotonic() < deadline, "the run hangs"
        time.sleep(0.002)
    killed = process.poll() is None
    _kill(cli.home, process, victim)
    process.wait(_PATIENCE)
    return killed


def _kill(home: Path, process: subprocess.Popen[bytes], victim: Victim) -> None:
    engines = engines_of(home)
    if victim in ("everything", "coordinator"):
        process.kill()
    if victim in ("everything", "engine"):
        for engine in engines:
            with suppress(ProcessLookupError):
                os.kill(engine.pid, signal.SIGKILL)


def engines_of(home: Path) -> list[Process]:
    """The engines, and what they started, that work for this home."""
    return [found for found, value in marked(MARK) if value.endswith(f":{home.resolve()}")]
