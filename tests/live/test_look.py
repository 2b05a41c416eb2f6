"""Closed corners of the look at AWS: what is no drift, and how AWS is asked."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import DataNotFoundError
from moto import mock_aws

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws, AwsType, Credentials
from infra.live.beyond import Looked, Stranger, found, swept
from infra.live.check import check
from infra.live.eyes import AT_ONCE, Eyes, _Client
from infra.live.found import Found
from infra.live.state import Managed, State
from infra.policies.facts import Facts, facts
from infra.program import ROOT
from wasl.report import told
from wasl.result import Kind

SERVICE = "aws:ecs/service:Service"
SCALING = "aws:appautoscaling/target:Target"
PLAN = "aws:backup/plan:Plan"
SECRET = "aws:secretsmanager/secret:Secret"
KEYS = Credentials("a", "b")
NAME = "service/platform/web"


def eyes(endpoint: str | None = None) -> Eyes:
    return Eyes("eu-south-1", KEYS, endpoint)


def rules() -> Facts:
    return facts(ROOT, "jo")


def listing(token: str, *live: dict[str, Any]) -> AwsType:
    """The type, where AWS lists just these."""
    return replace(
        TYPES[token],
        list=lambda _aws: live,
        read=lambda *_asked: None,
        identify=lambda raw: str(raw["id"]),
        normalise=lambda raw: {key: value for key, value in raw.items() if key != "id"},
    )


def managed(token: str, name: str, inputs: dict[str, Any], *ignored: str) -> Managed:
    urn, inputs = f"urn:pulumi:jo::wasl::{token}::{name}", {"region": "eu-south-1", **inputs}
    return Managed(urn, token, name, inputs, {}, "p", ignored)


def looked(*resources: Managed) -> tuple[Found, ...]:
    return check(State(resources), {"p": eyes()}, rules(), whole=False).found


@pytest.mark.parametrize(
    ("count", "bounds", "expected"),
    [
        (3, (1, 4), []),
        (4, (1, 4), []),
        (5, (1, 4), [Kind.SUPPRESSED]),
        (0, (1, 4), [Kind.SUPPRESSED]),
        (3, None, [Kind.SUPPRESSED]),
    ],
)
def test_a_count_within_the_bounds_of_auto_scaling_is_no_drift(
    count: int,
    bounds: tuple[int, int] | None,
    expected: list[Kind],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    live = {"id": "web", "arn": f"arn:aws:ecs:eu-south-1:1:{NAME}", "desiredCount": count}
    kinds = [listing(SERVICE, live)]
    resources = [managed(SERVICE, "web", {"desiredCount": 2}, "desiredCount")]
    if bounds is not None:
        low, high = bounds
        target = {"resourceId": NAME, "minCapacity": low, "maxCapacity": high}
        kinds.append(listing(SCALING, {"id": "t", **target}))
        resources.append(managed(SCALING, "t", target))
    for module in ("check", "scope"):
        known = {**TYPES, **{kind.token: kind for kind in kinds}}
        monkeypatch.setattr(f"infra.live.{module}.TYPES", known)
    assert [item.kind for item in looked(*resources)] == expected


def test_a_backup_plan_that_copies_out_of_the_contract_breaks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rule = {"ruleName": "daily", "targetVaultName": "v"}
    away = [{"destinationVaultArn": "arn:aws:backup:us-west-2:1:backup-vault:v"}]
    live = {"id": "plan", "name": "p", "rules": [{**rule, "copyActions": away}]}
    known = {**TYPES, PLAN: listing(PLAN, live)}
    for module in ("check", "scope"):
        monkeypatch.setattr(f"infra.live.{module}.TYPES", known)
    (one,) = looked(managed(PLAN, "plan", {"name": "p", "rules": [rule]}))
    assert (one.kind, one.property) == (Kind.RESIDENCY, "rules[0].copyActions")
    assert "us-west-2" in told(one.reason, "en")


@pytest.mark.parametrize(("known", "expected"), [(["b"], Kind.UNMANAGED), ([], Kind.RESIDENCY)])
def test_copies_to_what_is_not_the_tenancys_break_the_contract(
    known: list[str], expected: Kind
) -> None:
    away = Stranger("a copy", "aws:s3/bucketReplicationConfig:BucketReplicationConfig", to="b")
    answers = [Looked("replication", "eu-south-1", (away,), "")]
    (one,) = found(answers, frozenset(known), frozenset(), rules())
    assert one.kind is expected


def test_no_vault_is_awss_for_the_beginning_of_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Default", "aws/efs/automatic-backup-vault", "DefaultExfil", "ours"]
    vaults = [{"BackupVaultName": name, "BackupVaultArn": name} for name in names]
    monkeypatch.setattr(Eyes, "pages", lambda *_asked, **_more: vaults)
    monkeypatch.setattr("infra.aws.backup._tags", lambda *_asked: {})
    listed = TYPES["aws:backup/vault:Vault"].list(eyes())
    assert [vault["BackupVaultName"] for vault in listed] == ["DefaultExfil", "ours"]


@pytest.fixture
def emulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An account of moto's in this process, in the hands of somebody who may write."""
    monkeypatch.setattr("infra.live.eyes._SHARED", {})
    with mock_aws():
        yield Aws("eu-south-1", KEYS, read_only=False)


def test_a_secret_that_waits_for_deletion_is_gone(emulated: Aws) -> None:
    secrets = emulated.client("secretsmanager")
    arn = secrets.create_secret(Name="s", SecretString="x")["ARN"]
    described = replace(managed(SECRET, "s", {"name": "s"}), id=arn)
    assert [item.kind for item in looked(described)] == []
    secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
    assert [item.kind for item in looked(described)] == [Kind.MISSING]


def test_no_tag_tells_of_what_waits_for_deletion(emulated: Aws) -> None:
    """The tagging service goes on naming keys and secrets that are only kept in case of regret."""
    kms, secrets = emulated.client("kms"), emulated.client("secretsmanager")
    tags = {"Tags": [{"Key": "by", "Value": "hand"}]}
    kept, dropped = (
        kms.create_key(Tags=[{"TagKey": "by", "TagValue": "hand"}])["KeyMetadata"] for _ in range(2)
    )
    secret, regretted = (secrets.create_secret(Name=name, **tags)["ARN"] for name in ("s", "r"))
    assert {one.label for one in swept(eyes())} == {kept["Arn"], dropped["Arn"], secret, regretted}
    kms.schedule_key_deletion(KeyId=dropped["KeyId"], PendingWindowInDays=30)
    secrets.delete_secret(SecretId=regretted, RecoveryWindowInDays=30)
    assert {one.label for one in swept(eyes())} == {kept["Arn"], secret}


def test_all_pages_are_read(emulated: Aws) -> None:
    ssm = emulated.client("ssm")
    for number in range(120):
        ssm.put_parameter(Name=f"/p/{number}", Value="1", Type="String")
    seen = eyes()
    names = {raw["Name"] for raw in TYPES["aws:ssm/parameter:Parameter"].list(seen)}
    assert len(names) == 120
    assert seen.memory.sent["ssm", "DescribeParameters", "eu-south-1"] > 1


# What has pages and is asked for one thing by its name: the first page holds it.
BY_NAME = {
    "describe_cache_clusters",
    "describe_cache_subnet_groups",
    "describe_db_instances",
    "describe_db_parameter_groups",
    "describe_db_subnet_groups",
    "describe_listeners",
    "describe_load_balancers",
    "describe_log_groups",
    "describe_replication_groups",
    "describe_repositories",
    "describe_target_groups",
    "list_resource_record_sets",
}


@pytest.mark.slow
def test_whatever_has_pages_is_asked_for_all_of_them() -> None:
    """But for what is asked by name."""
    files = [*(ROOT / "infra/aws").glob("*.py"), *(ROOT / "infra/live").glob("*.py")]
    unpaged = {name: said for path in files for name, said in _unpaged(path)}
    assert set(unpaged) == BY_NAME
    assert all(unpaged.values()), "asked for without a name"


def _unpaged(path: Path) -> Iterator[tuple[str, bool]]:
    """The calls of a file that have pages and ask for one, and whether they name anything."""
    text = path.read_text("utf-8")
    services = set(re.findall(r'(?:client|pages)\(\s*"([a-z0-9-]+)"', text))
    paged = {name for service in services for name in _paged(service)}
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), keywords=said) if name in paged:
                yield name, bool(said)


def _paged(service: str) -> set[str]:
    session = botocore.session.get_session()
    try:
        model = session.get_paginator_model(service)
    except DataNotFoundError:
        return set()
    operations = session.get_service_model(service).operation_names
    return {xform_name(name) for name in operations if _has_pages(model, name)}


def _has_pages(model: Any, operation: str) -> bool:
    try:
        return bool(model.get_paginator(operation))
    except ValueError:
        return False


@contextmanager
def throttling(refusals: int) -> Iterator[tuple[str, list[str]]]:
    """A queue service that is asked too much so many times, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers["X-Amz-Target"])
            busy = len(asked) <= refusals
            body = {"__type": "ThrottlingException"} if busy else {"QueueUrls": ["q"]}
            data = json.dumps(body).encode()
            self.send_response(400 if busy else 200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_said: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.slow
def test_who_is_told_to_wait_asks_again_and_slower() -> None:
    with throttling(2) as (url, asked):
        seen = eyes(url)
        assert seen.client("sqs").list_queues()["QueueUrls"] == ["q"]
    assert len(asked) == 3
    assert seen.memory.sent["sqs", "ListQueues", "eu-south-1"] == 3
    assert seen.client("sqs").meta.config.retries["mode"] == "adaptive"


def test_no_more_calls_at_once_than_an_account_answers() -> None:
    """However many threads ask."""
    entered, release = threading.Semaphore(0), threading.Event()

    def ask() -> int:
        entered.release()
        assert release.wait(30)
        return 1

    client = _Client(None, "sqs", eyes())
    many = AT_ONCE + 8
    with ThreadPoolExecutor(many) as pool:
        asking = [pool.submit(client.recall, "x", {"n": n}, ask) for n in range(many)]
        try:
            assert all(entered.acquire(timeout=30) for _ in range(AT_ONCE))
            assert not entered.acquire(timeout=0.5)
        finally:
            release.set()
        assert sum(one.result() for one in asking) == many


def test_a_process_that_looked_ends_without_a_word() -> None:
    """A client's freeze holds what other libraries made too, and DuckDB's tells of leaks."""
    program = (
        "import duckdb\n"
        "from infra.aws.model import Credentials\n"
        "from infra.live.eyes import Eyes\n"
        "duckdb.connect().close()\n"
        "Eyes('eu-south-1', Credentials('a', 'b'), 'http://127.0.0.1:1').client('sqs')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
