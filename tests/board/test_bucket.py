"""A state and its journal in an S3 bucket, on loopback: the board tells as it does of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.board.sample import Programme
from wasl.board.facts import Standing
from wasl.manifest.catalogue import load_country
from wasl.planes.cloud.facts import facts


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "eu-south-1")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_the_board_reads_a_bucket_and_does_not_say_its_name(endpoint: str, tmp_path: Path) -> None:
    made = Programme.new(tmp_path)
    made.up("jo", resources=12)
    country = load_country(made.root, "jo").countries["jo"]
    by_file = facts(made.home, country, {})
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket="state-123456789012")
    state = made.home / "sandbox/state"
    for path in (one for one in state.rglob("*") if one.is_file()):
        key = f"wasl/{path.relative_to(state)}"
        client.upload_file(str(path), "state-123456789012", key)
    backend = f"s3://state-123456789012/wasl?endpoint={endpoint}&s3ForcePathStyle=true"
    environ = {"PULUMI_BACKEND_URL": backend, "AWS_REGION": "us-east-1"}
    plane, resources = facts(made.home, country, environ)
    assert plane.standing is by_file[0].standing is Standing.IN_PLACE
    assert resources.value == by_file[1].value == 12
    digests = [one.digest for one in plane.evidence]
    assert digests == [one.digest for one in by_file[0].evidence]
    assert "123456789012" not in str(plane)
    gone = {**environ, "PULUMI_BACKEND_URL": backend.replace("state-", "gone-")}
    assert facts(made.home, country, gone)[0].standing is Standing.UNREADABLE
