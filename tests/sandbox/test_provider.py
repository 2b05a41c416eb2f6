"""What the stand-in refuses, as the real provider would or more."""

from __future__ import annotations

import ast
import resource
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws
from infra.sandbox.provider.check import failures
from infra.sandbox.provider.session import Refused, Session, open_session
from infra.sandbox.provider.values import Impossible
from infra.sandbox.provider.wire import UNKNOWN
from tests.sandbox.conftest import ACCOUNT

ROOT = Path(__file__).resolve().parents[2]
QUEUE = TYPES["aws:sqs/queue:Queue"]


def _reasons(news: dict[str, Any], token: str = "aws:sqs/queue:Queue") -> dict[str, str]:
    return dict(failures(TYPES[token], news))


def test_an_unknown_property_is_refused() -> None:
    assert _reasons({"name": "a", "colour": "red"}) == {"colour": "is no property of this type"}


def test_a_wrong_type_is_refused() -> None:
    assert "must be a number" in _reasons({"name": "a", "delaySeconds": "soon"})["delaySeconds"]
    assert "must be a flag" in _reasons({"name": "a", "fifoQueue": "yes"})["fifoQueue"]


def test_a_missing_property_is_refused() -> None:
    assert _reasons({}, "aws:sqs/queuePolicy:QueuePolicy") == {
        "policy": "is required",
        "queueUrl": "is required",
    }


def test_a_nested_block_is_checked_too() -> None:
    reasons = _reasons(
        {"bucket": "b", "versioningConfiguration": {"statos": "Enabled"}},
        "aws:s3/bucketVersioning:BucketVersioning",
    )
    assert reasons == {
        "versioningConfiguration.statos": "is no property of this type",
        "versioningConfiguration.status": "is required",
    }


def test_a_value_that_aws_would_refuse_is_refused() -> None:
    assert "between 0 and 900" in _reasons({"name": "a", "delaySeconds": 901})["delaySeconds"]
    usage = _reasons({"keyUsage": "SIGNING"}, "aws:kms/key:Key")
    assert "must be one of" in usage["keyUsage"]


def test_a_value_that_no_call_may_carry_is_refused(session: Session) -> None:
    """However deep it stands; neither Pulumi's types nor the emulated AWS know which there are."""
    s3 = session.aws.client("s3")
    s3.create_bucket(
        Bucket="values", CreateBucketConfiguration={"LocationConstraint": session.region}
    )
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aes-256"}}
    with pytest.raises(Impossible) as caught:
        s3.put_bucket_encryption(
            Bucket="values", ServerSideEncryptionConfiguration={"Rules": [default]}
        )
    assert str(caught.value) == (
        "s3:PutBucketEncryption: ServerSideEncryptionConfiguration.Rules[0]."
        "ApplyServerSideEncryptionByDefault.SSEAlgorithm must be one of "
        "AES256, aws:fsx, aws:backup, aws:kms, aws:kms:dsse, not aes-256"
    )
    s3.delete_bucket(Bucket="values")


def test_what_is_not_known_yet_is_let_through() -> None:
    assert _reasons({"name": UNKNOWN, "delaySeconds": UNKNOWN}) == {}


def test_a_name_is_never_made_up() -> None:
    assert "must be named" in _reasons({"delaySeconds": 1})["name"]


@pytest.mark.parametrize(
    "endpoint", ["https://sqs.eu-south-1.amazonaws.com", "http://localhost:1", "http://10.0.0.1:80"]
)
def test_it_never_leaves_loopback(endpoint: str) -> None:
    with pytest.raises(Refused, match="not on loopback"):
        open_session({"region": "eu-south-1", "endpoints": [{"sqs": endpoint}]})


def test_an_account_that_is_not_allowed_is_refused(endpoint: str) -> None:
    with pytest.raises(Refused, match="not one of the allowed"):
        open_session(
            {
                "region": "eu-south-1",
                "endpoints": [{"sts": endpoint}],
                "assumeRoles": [{"roleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}],
                "allowedAccountIds": ["999999999999"],
            }
        )


@pytest.mark.slow
def test_stale_keys_act_for_nobody(endpoint: str, session: Session) -> None:
    """After a reset moto forgets its keys; the account it then falls back to is not ours."""
    keys = session.aws.credentials
    assert keys is not None
    stale = Aws("eu-south-1", type(keys)("ASIAAAAAAAAAAAAAAAAA", "x", "y"), endpoint)
    account = stale.client("sts").get_caller_identity()["Account"]
    assert account not in (ACCOUNT, "000000000000")


def test_connections_of_one_place_share_its_clients(endpoint: str, session: Session) -> None:
    """Each run of the engine makes new connections; they are not to hold sockets of their own."""
    arguments: dict[str, object] = {"region": "eu-south-1", "endpoints": [{"sts": endpoint}]}
    role = f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccountAccessRole"
    assert open_session({**arguments, "assumeRoles": [{"roleArn": role}]}).aws is session.aws
    assert open_session(arguments).aws is not session.aws


@pytest.mark.long
def test_many_idle_connections_do_not_lock_the_next_out(endpoint: str, session: Session) -> None:
    """An AWS that has run for long must not let its callers wait for ever."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2048:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))
    port = urlsplit(endpoint).port
    with ExitStack() as idle:
        for _ in range(1100):
            idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
        last = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        last.sendall(b"GET /moto-api/data.json HTTP/1.1\r\nHost: here\r\n\r\n")
        assert last.recv(16).startswith(b"HTTP/1.1 ")


def test_what_reads_cannot_write(endpoint: str, session: Session) -> None:
    reader = Aws("eu-south-1", session.aws.credentials, endpoint)
    assert reader.client("sqs").list_queues()
    with pytest.raises(PermissionError, match="would write"):
        reader.client("sqs").create_queue(QueueName="forbidden")
    assert "forbidden" not in str(reader.client("sqs").list_queues().get("QueueUrls"))


def test_what_reads_imports_nothing_that_writes() -> None:
    for path in (ROOT / "infra" / "aws").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
            assert not any(name.startswith("infra.sandbox") for name in names), path.name
