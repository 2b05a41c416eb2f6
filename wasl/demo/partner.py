"""The sandbox's emulators of a partner, each a process of its own on loopback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.sandbox.service import free_ports


@contextmanager
def emulator(module: str, folder: Path, *arguments: str) -> Iterator[str]:
    """One that runs `module` and keeps what it gets in `folder`; gives its address."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", module, "--home", str(folder), "--port", str(port), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()
