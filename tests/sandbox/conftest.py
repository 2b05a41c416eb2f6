"""A sandbox server of its own for the tests of this folder."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.sandbox.provider.session import Session, open_session

ACCOUNT = "111122223333"


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server; its URL."""
    home: Path = tmp_path_factory.mktemp("sandbox")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "infra.sandbox.server",
        "--home",
        str(home),
        "--port",
        str(port),
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline().startswith("ready")
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="session")
def session(endpoint: str) -> Session:
    """A session in a country's account."""
    return open_session(
        {
            "region": "eu-south-1",
            "endpoints": [{"sts": endpoint}],
            "assumeRoles": [
                {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccountAccessRole"}
            ],
        }
    )
