"""One detached process of the sandbox: started, waited for, its failure told in its own words."""

from __future__ import annotations

import itertools
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wasl.errors import WaslError
from wasl.processes import Process, wait_until

_PYTHON = (sys.executable, "-u", "-m")
_PORTS = range(20_000, 32_000)
_STEP = 2.0
_PATIENCE = 300.0
_LAST_LINES = 5

Say = Callable[[str], None]
"""Takes one line of progress."""


@dataclass(frozen=True)
class Service:
    """A Python module that listens on a port and prints a line that starts with `ready`."""

    name: str
    module: str
    port: int
    log: Path
    ready: str
    arguments: Sequence[str] = ()

    def start(self, say: Say) -> Process:
        """Run it apart from this terminal; returns when it is ready."""
        self._refuse_taken_port()
        say(f"starting {self.name} on port {self.port}")
        with self.log.open("wb") as log:
            child = subprocess.Popen(
                [*_PYTHON, self.module, "--port", str(self.port), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.log.parent,
                env=_environment(),
                start_new_session=True,
            )
        process = Process.of(child.pid)
        self._wait(child, process, say)
        return process

    def _wait(self, child: subprocess.Popen[bytes], process: Process, say: Say) -> None:
        waited = 0.0
        while not wait_until(lambda: self._is_ready() or child.poll() is not None, _STEP):
            waited += _STEP
            say(f"waiting for {self.name}, {waited:.0f} s")
            if waited > _PATIENCE:
                break
        if child.poll() is not None or not self._is_ready():
            process.end()
            child.wait()
            raise WaslError(
                "WASL-SANDBOX-START",
                f"{self.name} did not start: {self._last_words() or 'it said nothing'}",
                where=str(self.log),
                hint="read that log; if the sandbox's state is broken: wasl sandbox reset",
            )

    def _is_ready(self) -> bool:
        return any(line.startswith(self.ready) for line in self._lines())

    def _lines(self) -> list[str]:
        return self.log.read_text("utf-8", errors="replace").splitlines()

    def _last_words(self) -> str:
        return " | ".join(line.strip() for line in self._lines()[-_LAST_LINES:] if line.strip())

    def _refuse_taken_port(self) -> None:
        # What ended just now may hold it a moment longer.
        if wait_until(lambda: free(self.port), _STEP):
            return
        raise WaslError(
            "WASL-SANDBOX-PORT",
            f"port {self.port} is taken by another process; {self.name} needs it, because the "
            "sandbox's state holds URLs with it",
            where=f"127.0.0.1:{self.port} (ss -ltnp 'sport = :{self.port}' names the process)",
            hint="end that process and run it again, or forget the sandbox's state and get "
            "another port: wasl sandbox reset",
        )


def free(port: int) -> bool:
    """Whether nobody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Different ports of loopback that nobody listens on.

    They are kept for later starts, so they lie below the range that the kernel gives out to
    outgoing connections (from 32768 on Linux): any of those could hold one of them then.
    """
    candidates = random.sample(_PORTS, len(_PORTS))
    return list(itertools.islice(filter(_free, candidates), count))


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _environment() -> dict[str, str]:
    """This environment without what would steer an AWS or Pulumi client elsewhere.

    Sets are walked in the same order in every run, so that a replay makes the same ids.
    """
    steers = ("AWS_", "PULUMI_", "MOTO_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steers)}
    return {**kept, "PYTHONHASHSEED": "0"}
