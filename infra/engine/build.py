"""Build the engine from its Go module: the last resort, some minutes, repeatable.

What was compiled before an interruption stays in Go's own cache.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from infra.engine import lock
from wasl.errors import WaslError

_SECONDS_BETWEEN_LINES = 5.0
_RUNNER = Path("python", "cmd", "pulumi-language-python-exec")


def build(into: Path, say: Callable[[str], None]) -> None:
    """Put a `pulumi` of the locked version into `into`.

    Raises WASL-ENGINE-GO (no Go, or one too old) and WASL-ENGINE-BUILD.
    """
    go = require_go()
    version = lock.engine_version()
    setter = f"{lock.SDK_MODULE}/go/common/version.Version=v{version}"
    command = [go, "build", "-v", "-trimpath", "-ldflags", f"-s -w -X {setter}"]
    _run_aloud([*command, "-o", str(into / "pulumi"), f"{lock.CLI_MODULE}/cmd/pulumi"], say)


def copy_program_runner(into: Path) -> None:
    """Put the SDK's `pulumi-language-python-exec`, a file of its Go module, into `into`."""
    command = [require_go(), "mod", "download", "-json", lock.SDK_MODULE]
    answer = _go(command)
    if answer.returncode:
        raise _failed(command, answer.stdout + answer.stderr)
    module = Path(json.loads(answer.stdout)["Dir"])
    shutil.copyfile(module / _RUNNER, into / _RUNNER.name)
    (into / _RUNNER.name).chmod(0o755)


def require_go() -> str:
    """The path of a Go that can build the engine; raises WASL-ENGINE-GO."""
    wanted, go = lock.go_version(), shutil.which("go")
    have = _ask_version(go) if go else "none"
    if go and (lock.parse(have) or (0, 0, 0)) >= (lock.parse(wanted) or (0, 0, 0)):
        return go
    raise WaslError(
        "WASL-ENGINE-GO",
        f"building the Pulumi engine needs Go {wanted} or newer; found: {have}",
        where=go or "PATH",
        hint="install Go from https://go.dev/dl/ and put its bin folder first in PATH, or install "
        f"pulumi {lock.engine_version()} from https://www.pulumi.com/docs/install/; "
        "then: make setup",
    )


def _ask_version(go: str) -> str:
    # In the module's folder, so that a Go that fetches newer toolchains by itself may do so.
    answer = _go([go, "version"])
    words = answer.stdout.split()
    return words[2] if len(words) > 2 else answer.stderr.strip() or "no version"


def _run_aloud(command: Sequence[str], say: Callable[[str], None]) -> None:
    """Run Go and say every few seconds how far it is; raises WASL-ENGINE-BUILD."""
    lines: list[str] = []
    with subprocess.Popen(
        command,
        cwd=lock.FOLDER,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
        reader.start()
        try:
            status = _wait(process, lambda seconds: say(_progress(lines, seconds)))
        except BaseException:
            process.terminate()
            raise
        reader.join()
    if status:
        raise _failed(command, "".join(lines[-15:]))


def _wait(process: subprocess.Popen[str], tick: Callable[[float], None]) -> int:
    """The exit status; calls `tick` with the seconds passed, every few seconds."""
    started = time.monotonic()
    while True:
        try:
            return process.wait(_SECONDS_BETWEEN_LINES)
        except subprocess.TimeoutExpired:
            tick(time.monotonic() - started)


def _progress(lines: Sequence[str], seconds: float) -> str:
    fetched = sum(line.startswith("go: downloading") for line in lines)
    compiled = len(lines) - fetched
    return (
        f"building the engine: {fetched} modules fetched, {compiled} packages compiled, "
        f"{seconds:.0f} s"
    )


def _go(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=lock.FOLDER,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def _environment() -> dict[str, str]:
    # No C compiler is needed, and no workspace file of the user's is in the way.
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}


def _failed(command: Sequence[str], output: str) -> WaslError:
    return WaslError(
        "WASL-ENGINE-BUILD",
        f"{Path(command[0]).name} {command[1]} failed:\n{output.strip()}",
        where=str(lock.FOLDER),
        hint="check the network and free disk space (about 4 GB), then: make setup",
    )
