"""The sandbox's S3 for tests: a server of its own, a bucket for each test."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.aws.model import Aws, Credentials
from infra.sandbox.account import SANDBOX_KEY
from integrations.content.mirror.bucket import Bucket

REGION = "eu-south-1"


@contextmanager
def sandbox(home: Path) -> Iterator[str]:
    """The emulated AWS; yields its endpoint."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    home.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "infra.sandbox.server", "--home", str(home)]
    process = subprocess.Popen(
        [*command, "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith(b"ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


def bucket(endpoint: str, name: str) -> Bucket:
    """A bucket there, made if need be."""
    aws = Aws(REGION, Credentials(SANDBOX_KEY, SANDBOX_KEY), endpoint, read_only=False)
    client = aws.client("s3")
    known = [one["Name"] for one in client.list_buckets()["Buckets"]]
    if name not in known:
        where = {"LocationConstraint": REGION}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return Bucket(client, name)
