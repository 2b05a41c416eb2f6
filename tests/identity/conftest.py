"""A checkout of one country whose partner runs on loopback; both ends of a feed."""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.service import free_ports
from integrations.identity.feed import Feed
from integrations.identity.generated import Tables, write_package
from integrations.identity.keys import public_hex
from tests.emulated import emulated_aws
from tests.identity.feed_partner import FeedPartner
from tests.identity.support import Partner, certified, partner
from tests.peers.keycloak import Keycloak, Missing, running
from wasl.cli.main import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class World:
    """A checkout at `root`, local state at `home`, a partner, an approver, a ministry."""

    root: Path
    home: Path
    partner: Partner
    approver: Path
    ministry: x25519.Identity
    capture: pytest.CaptureFixture[str]

    def wasl(self, *arguments: str | Path) -> tuple[int, str]:
        """Run one command line: its status, and all that it said."""
        status = main(["identity", *map(str, arguments)])
        captured = self.capture.readouterr()
        return status, captured.out + captured.err

    def arrives(self, tables: Tables) -> Path:
        """Apply a roster, whereafter planning it again gives nothing; its folder."""
        folder = write_package(self.root / "roster", tables)
        for verb, more in (("apply", ["--yes"]), ("plan", [])):
            status, said = self.wasl(verb, "jo", "--roster", folder, *more)
            assert status == 0, said
        return folder

    def manifest(self, *changes: tuple[str, str]) -> None:
        """Change the country's file."""
        path = self.root / "countries/jo.yaml"
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[World]:
    root, home = tmp_path / "checkout", tmp_path / "home"
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, root / folder)
    key, ministry = Ed25519PrivateKey.generate(), x25519.Identity.generate()
    approver = tmp_path / "approver.key"
    approver.write_text(key.private_bytes_raw().hex())
    approver.chmod(0o600)
    token = home / "keys/identity/classera-token"
    token.parent.mkdir(parents=True)
    token.write_text("sandbox-partner")
    token.chmod(0o600)
    monkeypatch.chdir(root)
    monkeypatch.setenv("WASL_HOME", str(home))
    with partner(tmp_path / "partner") as running:
        made = World(root, home, running, approver, ministry, capsys)
        keys = (
            f"  keys:\n    rejects: {ministry.to_public()}\n    approvers:\n"
            f"      - {{name: the ministry's registrar, public_key: {public_hex(key)}}}\n"
        )
        made.manifest(
            ("http://127.0.0.1:8470", running.url),
            ("  legal_basis:", keys + "  legal_basis:"),
        )
        yield made


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulated_aws(tmp_path_factory.mktemp("aws")) as url:
        yield url


@dataclass
class Ends:
    """Both ends of one feed."""

    feed: Feed
    partner: FeedPartner


def client(aws: str, service: str) -> Any:
    """A client of the emulated AWS."""
    keys = {"aws_access_key_id": SANDBOX_KEY, "aws_secret_access_key": SANDBOX_KEY}
    return boto3.client(service, endpoint_url=aws, region_name="eu-south-1", **keys)


@pytest.fixture
def ends(aws: str, request: pytest.FixtureRequest) -> Ends:
    s3, sqs = client(aws, "s3"), client(aws, "sqs")
    name = f"feed-{abs(hash(request.node.name)) % 10**9}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-south-1"})
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    ours = Feed(s3, sqs, name, "feeds/roster/", queue)
    theirs = FeedPartner(client(aws, "s3"), client(aws, "sqs"), name, "feeds/roster/", queue)
    return Ends(ours, theirs)


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Keycloak, Path]]:
    """A Keycloak, and the certificate to trust it by."""
    folder = tmp_path_factory.mktemp("keycloak")
    chain, key = certified(folder)
    trust = ssl.create_default_context(cafile=str(chain))
    try:
        with running(folder, free_ports(1)[0], chain, key, trust) as server:
            yield server, chain
    except Missing as error:
        if os.environ.get("CI"):
            raise  # there it is to be had, and what was not proved must not look so
        pytest.skip(str(error))
