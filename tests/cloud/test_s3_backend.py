"""State, locks and journal in a bucket, as they are on real AWS: here the sandbox's own S3."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.aws.model import Aws, Credentials
from infra.program import ROOT
from infra.sandbox import lifecycle
from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.home import Home
from tests.cloud import program
from tests.cloud.conftest import Cli, desk
from wasl.errors import WaslError
from wasl.journal import Journal, entries
from wasl.planes.cloud.buckets import S3, bucket
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.journals import BucketStore, store
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import Target, resolve

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A target whose state is in a bucket, under a prefix."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": SANDBOX_KEY,
        "AWS_SECRET_ACCESS_KEY": SANDBOX_KEY,
    }.items():
        monkeypatch.setenv(name, value)
    status = lifecycle.status(Home(cli.home))
    assert status.record is not None
    endpoint = status.record.endpoint
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root)
    configuration = tmp_path / "stack.yaml"
    shutil.copy(Home(cli.home).configuration, configuration)
    name = f"wasl-state-{secrets.token_hex(4)}"
    query = f"endpoint={endpoint}&region=eu-central-1&use_path_style=true"
    url = f"s3://{name}/states?{query}"
    environ = {
        **lifecycle.environment(Home(cli.home), ROOT),
        **os.environ,
        "PULUMI_BACKEND_URL": url,
        "PULUMI_OPTION_CONFIG_FILE": str(configuration),
        "PULUMI_HOME": str(tmp_path / "pulumi"),
    }
    del environ["PULUMI_OPTION_POLICY_PACK"]  # what is described here is no tenancy by its rules
    _make_bucket(endpoint, name)
    return resolve(root, tmp_path / "home", environ)


def _make_bucket(endpoint: str, name: str) -> None:
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    s3 = Aws("eu-central-1", keys, endpoint, read_only=False).client("s3")
    place = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)


def test_state_lock_and_journal_share_the_bucket(elsewhere: Target) -> None:
    assert not elsewhere.sandbox
    place = bucket(elsewhere.backend, elsewhere.environment)
    assert isinstance(place, S3)
    stacks = Stacks(elsewhere, program.main)
    first = desk(stacks, "sd")
    first.up()
    assert place.names(".pulumi/stacks/wasl")
    _leave_a_dead_lock(place)
    second = desk(stacks, "sd")
    assert second.clean()
    assert "cleared the lock" in str(second.said)
    second.destroy()
    state = export(stacks, "sd")
    assert state is not None
    assert state.empty
    journal = store(elsewhere, "sd")
    assert isinstance(journal, BucketStore)
    told = [(entry.event, entry.verb) for entry in entries(journal)]
    assert told == [
        ("intent", "up"),
        ("outcome", "up"),
        ("note", "recover"),
        ("intent", "destroy"),
        ("outcome", "destroy"),
    ]
    assert all(name.startswith(".wasl/journal/sd/") for name in place.names(".wasl"))


def _leave_a_dead_lock(place: S3) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    record = {
        "pid": dead.pid,
        "username": "nobody",
        "hostname": socket.gethostname(),
        "timestamp": datetime.now(UTC).isoformat(),
    }
    place.write(".pulumi/locks/organization/wasl/sd/x.json", json.dumps(record).encode())


def test_blobs_come_back_as_they_were_put(elsewhere: Target) -> None:
    place = bucket(elsewhere.backend, elsewhere.environment)
    assert place is not None
    place.write("a/b.json", b"one")
    place.write("a/b.json", b"two")
    place.write("ab/c.json", b"three")
    assert place.names("a") == ["a/b.json"]
    assert place.read("a/b.json") == b"two"
    place.delete("a/b.json")
    place.delete("a/b.json")
    assert place.names("a") == []
    place.write("empty", b"")
    assert place.read("empty") == b""
    kept = BucketStore(place, "journal/x")
    run = Journal(kept)
    run.note("up", "x")
    assert [entry.run for entry in entries(kept)] == [run.run]


def test_a_bucket_that_is_not_there_is_named(elsewhere: Target) -> None:
    other = elsewhere.backend.replace("s3://", "s3://no-such-bucket-")
    place = bucket(other, elsewhere.environment)
    assert place is not None
    for call in (
        lambda: place.names("a"),
        lambda: place.read("a/b"),
        lambda: place.write("a/b", b""),
        lambda: place.delete("a/b"),
    ):
        with pytest.raises(WaslError) as caught:
            call()
        assert caught.value.code == "WASL-BACKEND"
        assert "no-such-bucket" in caught.value.where
    with pytest.raises(WaslError, match="no-such-profile"):
        bucket(f"{elsewhere.backend}&profile=no-such-profile", elsewhere.environment)
