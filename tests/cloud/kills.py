"""Kill a run at a chosen moment, and see that the next one puts everything right."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal

from infra.sandbox.home import Home
from tests.cloud.conftest import Cli
from wasl.planes.cloud.orphans import MARK
from wasl.processes import Process, marked

Victim = Literal["everything", "engine", "coordinator"]
_PATIENCE = 120.0
"""Seconds without a sign of life; how long a run takes as a whole depends on the machine."""


def calls(home: Path) -> int:
    """How many changing calls the emulated AWS has answered."""
    recording = Home(home).recording
    return recording.read_bytes().count(b"\n") if recording.exists() else 0


def kill_after(cli: Cli, arguments: list[str], count: int, victim: Victim) -> bool:
    """Start `wasl` and kill it once AWS got `count` changing calls; whether it came to that.

    The signal is SIGKILL. A run that ends before is waited for.
    """
    begun = calls(cli.home)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            cli.command(*arguments),
            env=cli.environment(),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        _until(lambda: calls(cli.home) >= begun + count, process, cli.home, said)
        killed = process.poll() is None
        _kill(cli.home, process, victim)
        _until(lambda: False, process, cli.home, said)
        if not killed:
            print(f"It ended with {process.returncode}:\n{_words(said)}")
    return killed


def _until(
    come: Callable[[], bool], process: subprocess.Popen[bytes], home: Path, said: IO[bytes]
) -> None:
    """Wait for that or for the run's end. A slow run still calls AWS or says something."""
    seen, since = (0, 0), time.monotonic()
    while not come() and process.poll() is None:
        now = calls(home), os.fstat(said.fileno()).st_size
        if now != seen:
            seen, since = now, time.monotonic()
        if time.monotonic() - since > _PATIENCE:
            process.kill()
            raise AssertionError(f"the run hangs:\n{_words(said)}")
        time.sleep(0.002)


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace")


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
