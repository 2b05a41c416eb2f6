"""The emulated AWS as a process of its own, for tests that need no engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.sandbox.service import free_ports


@contextmanager
def emulated_aws(
    home: Path, port: int = 0, program: Sequence[str] = ("-m", "infra.sandbox.server")
) -> Iterator[str]:
    """A running server; its URL. Its state is kept in `home`."""
    port = port or free_ports(1)[0]
    command = [sys.executable, *program, "--home", str(home)]
    server = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        assert server.stdout.readline().startswith("ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
        server.stdout.close()
