"""The engine's command line, run so that it can be interrupted, found again and ended.

Each call has a session of its own: Ctrl-C reaches the coordinator alone, which asks each engine
once to cancel (a second request would make it drop what is in flight). Each call carries a mark in
its environment that names home, stack and coordinator; see `orphans`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from wasl.planes.cloud.orphans import MARK, mark
from wasl.planes.cloud.target import Target


class Interrupted(Exception):
    """The run was cancelled before this call was made."""


class Calls:
    """The engine calls that run now; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self.cancelled = False

    def start(
        self, arguments: list[str], folder: str, environment: Mapping[str, str]
    ) -> subprocess.Popen[str]:
        """Run a command in a session of its own. Raises `Interrupted` once cancelled."""
        with self._lock:
            if self.cancelled:
                raise Interrupted
            process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        return process

    def ended(self, process: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(process)

    def cancel(self) -> None:
        """Ask every engine to finish what is in flight and stop; start no other."""
        with self._lock:
            self.cancelled = True
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGINT)


class Command(PulumiCommand):
    """The engine of a target, for one stack. Its version is known: nothing is asked at start."""

    def __init__(self, target: Target, stack: str, calls: Calls) -> None:
        self.command = str(target.pulumi)
        self.version = VersionInfo.parse(target.version)
        self._environment = {**target.environment, MARK: mark(target, stack)}
        self._calls = calls

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run one command to its end. Raises the Automation API's errors."""
        environment = {**self._environment, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        arguments = [self.command, "--non-interactive", *args]
        process = self._calls.start(arguments, cwd, environment)
        try:
            output, errors = process.communicate()
        except BaseException:
            process.send_signal(signal.SIGINT)
            process.wait()
            raise
        finally:
            self._calls.ended(process)
        result = CommandResult(stdout=output, stderr=errors, code=process.returncode)
        if process.returncode != 0:
            raise create_command_error(result)
        return result
