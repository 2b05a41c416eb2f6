"""Engines that outlived their coordinator: found by a mark in their environment, and ended.

A SIGKILL of wasl leaves the engine, and what it started, running without its program. Only
processes that carry our mark for the same home and stack, whose coordinator (pid and start time)
is gone, are ever ended.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from wasl.errors import WaslError
from wasl.planes.cloud.target import Target
from wasl.processes import Process, marked

MARK = "WASL_CLOUD_RUN"
_SECONDS_TO_FINISH = 30.0


def mark(target: Target, stack: str) -> str:
    """The mark of this process's engine calls for a stack."""
    coordinator = Process.of(os.getpid())
    return f"{coordinator.pid}:{coordinator.started}:{stack}:{_home(target.home)}"


def end_orphans(target: Target, stack: str) -> list[Process]:
    """End the engines of dead coordinators of `stack`; which they were.

    An engine is first asked to cancel, so that it can write down what it was doing. Raises
    WASL-STACK-BUSY where another coordinator is alive and at work on the stack.
    """
    orphans = []
    for process, coordinator in _engines(target, stack):
        if not coordinator.alive:
            orphans.append(process)
        elif coordinator.pid != os.getpid():
            raise _busy(stack, coordinator)
    for process in orphans:
        process.end(first=signal.SIGINT, seconds=_SECONDS_TO_FINISH)
    return orphans


def _engines(target: Target, stack: str) -> Iterator[tuple[Process, Process]]:
    """Each marked process of this home and stack, with its coordinator."""
    home = _home(target.home)
    for process, value in marked(MARK):
        pid, _, rest = value.partition(":")
        started, _, where = rest.partition(":")
        if where == f"{stack}:{home}" and pid.isdigit() and started.isdigit() and process.alive:
            yield process, Process(int(pid), int(started))


def _home(home: Path) -> str:
    return str(home.resolve())


def _busy(stack: str, coordinator: Process) -> WaslError:
    return WaslError(
        "WASL-STACK-BUSY",
        f"another wasl is at work on {stack}",
        where=f"process {coordinator.pid}",
        hint="wait until it has ended, or interrupt it (Ctrl-C), and run this again",
    )
