"""The sandbox's memory: what was made is there after a restart, under the very same ids."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import Props
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session, open_session
from infra.sandbox.recording import Call
from infra.sandbox.service import free_ports
from tests.emulated import emulated_aws
from tests.sandbox.conftest import ACCOUNT
from tests.sandbox.example import Example
from tests.sandbox.test_types import MODULES, _examples

ROLE = f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccountAccessRole"
_ONCE = frozenset({"organizations"})
"""Modules whose like is made by another one: an account has one organisation."""


@contextmanager
def _running(home: Path, port: int) -> Iterator[Session]:
    with emulated_aws(home, port) as url:
        # Looks who it is before it assumes the role: a read comes before the first change.
        yield open_session(
            {
                "region": "eu-south-1",
                "endpoints": [{"sts": url}],
                "assumeRoles": [{"roleArn": ROLE}],
            }
        )


@pytest.mark.slow
def test_everything_survives_a_restart(tmp_path: Path) -> None:
    """A second life too, which the first one's end must have left room for."""
    port = free_ports(1)[0]
    with _running(tmp_path, port) as session:
        alive = [life for module in MODULES for life in _second_life(module, session)]
    with _running(tmp_path, port) as session:
        for example, inputs, state in alive:
            resource = _resource(example, session)
            read = resource.read(str(state["id"]), inputs, state)
            assert read is not None, f"{example.label} is lost"
            assert resource.diff(read[2], inputs).differences == [], example.label


def _second_life(module: str, session: Session) -> list[tuple[Example, Props, Props]]:
    """The module's examples, made, changed and deleted, and made and changed again."""
    if module in _ONCE:
        return []
    for example, inputs, state in reversed(_made(module, session)):
        _resource(example, session).delete(str(state["id"]), {**state, **inputs})
    return _made(module, session)


def _made(module: str, session: Session) -> list[tuple[Example, Props, Props]]:
    made: dict[str, Props] = {}
    alive = []
    for example in _examples(module):
        resource = _resource(example, session)
        first = example.inputs(made)
        inputs = checked(resource.kind, first, session.region)
        resource_id, state = resource.create(inputs)
        if example.change:
            old = inputs
            inputs = checked(resource.kind, {**first, **example.change}, session.region)
            state = resource.update(resource_id, old, inputs)
        made[example.label] = state
        alive.append((example, inputs, state))
    return alive


def _resource(example: Example, session: Session) -> Resource:
    return Resource(TYPES[example.token], MAKERS[example.token], session)


@pytest.mark.parametrize(
    ("method", "path", "target", "changes"),
    [
        ("POST", "/getRegionOptStatus", "", False),
        ("POST", "/enableRegion", "", True),
        ("POST", "/", "AmazonSSM.GetParameter", False),
        ("POST", "/", "AmazonSSM.PutParameter", True),
        ("GET", "/detector", "", False),
        ("PUT", "/listings", "", True),
    ],
)
def test_only_changes_are_recorded(method: str, path: str, target: str, changes: bool) -> None:
    headers = {"HTTP_X_AMZ_TARGET": target} if target else {}
    assert Call(method, path, "", b"", headers).changes is changes


@pytest.mark.slow
def test_a_bucket_that_was_emptied_of_its_logs_is_gone_after_a_restart(tmp_path: Path) -> None:
    """Reads are logged in AWS too; what was read in between must not matter."""
    port = free_ports(1)[0]
    where = {"LocationConstraint": "eu-south-1"}
    with _running(tmp_path, port) as session:
        s3 = session.aws.client("s3")
        for name in ("source", "logs"):
            s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
        s3.put_bucket_versioning(Bucket="logs", VersioningConfiguration={"Status": "Enabled"})
        allowed = {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/*",
        }
        s3.put_bucket_policy(Bucket="logs", Policy=json.dumps({"Statement": [allowed]}))
        s3.put_bucket_logging(
            Bucket="source",
            BucketLoggingStatus={
                "LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "access/"}
            },
        )
        for number in range(3):
            s3.put_object(Bucket="source", Key=str(number), Body=b"read and written")
            s3.get_object(Bucket="source", Key=str(number))
        delivered = s3.list_object_versions(Bucket="logs")["Versions"]
        assert len(delivered) >= 3
        emptied = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in delivered]
        s3.delete_objects(Bucket="logs", Delete={"Objects": emptied})
        s3.delete_bucket(Bucket="logs")
    with _running(tmp_path, port) as session:
        s3 = session.aws.client("s3")
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["source"]
