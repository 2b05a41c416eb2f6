"""The processes a language host has started: each ends with the call that asked for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

BOUND = Path(__file__).resolve().parent / "bound.py"


class Children:
    """Starts Python programs and can end all of them; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def start(
        self,
        target: str,
        arguments: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        piped: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Run `target` with this Python, without stdin, its outputs piped or inherited.

        The program stays in this process's group, so that the engine's signals reach it too.
        """
        output = subprocess.PIPE if piped else None
        with self._lock:
            if self._ended:
                raise ChildProcessError("the language host is ending")
            child = subprocess.Popen(
                [sys.executable, "-u", str(BOUND), str(os.getpid()), target, *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            self._running.add(child)
        return child

    def wait(self, child: subprocess.Popen[bytes]) -> int:
        """The child's exit status (negative: the signal that ended it)."""
        status = child.wait()
        with self._lock:
            self._running.discard(child)
        return status

    def end_all(self) -> None:
        """Kill whatever still runs, and start nothing any more. Does not wait."""
        # A signal handler calls this while the same thread may hold the lock: never wait for it.
        self._ended = True
        for child in tuple(self._running):
            child.kill()
