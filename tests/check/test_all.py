"""The one check over two planes where all is real: a tenancy, and the lessons in its bucket.

One country, and one thing broken in the cloud and one in the content. All nine countries and all
four planes are checked together by the demo; see tests/demo.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.conftest import Cli
from tests.cloud.inventory import writing
from wasl.planes.cloud.checkpoint import export
from wasl.planes.cloud.stacks import Stacks

pytestmark = [pytest.mark.slow, pytest.mark.long]


def _break(stacks: Stacks) -> None:
    """A queue's setting, and a file of a pack."""
    state, aws = export(stacks, "tn"), writing(stacks, "tn")
    assert state is not None
    name = "aws:sqs/queue:Queue::roster"
    queue = next(one["id"] for one in state.resources if one["urn"].endswith(name))
    attributes = {"VisibilityTimeout": "5"}
    aws.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes=attributes)
    s3 = aws.client("s3")
    (bucket,) = (b["Name"] for b in s3.list_buckets()["Buckets"] if "-content-" in b["Name"])
    objects = s3.list_objects_v2(Bucket=bucket, Prefix="packs/tn-library/")["Contents"]
    key = next(one["Key"] for one in objects if not one["Key"].endswith(".json"))
    s3.delete_object(Bucket=bucket, Key=key)


def _found(report: Any) -> set[tuple[str, str, str]]:
    return {(one["plane"], one["kind"], one["severity"]) for one in report["findings"]}


def test_what_is_broken_is_named_and_mended_and_nothing_else(whole: Cli, tenancies: Stacks) -> None:
    whole.ok("kit", "keys", "tn")
    whole.ok("up", "tn", "--yes")
    whole.ok("content", "apply", "tn", "--yes")
    check = ("drift", "tn", "--format", "json")
    assert _found(json.loads(whole.ok(*check))) == set()
    _break(tenancies)
    report = json.loads(whole.ok(*check, status=2))
    wanted = {("cloud", "changed", "medium"), ("content", "missing", "high")}
    assert _found(report) == wanted
    assert len(report["findings"]) == 2
    assert {one["location"]["file"] for one in report["findings"]} == {"countries/tn.yaml"}
    assert {one["environment"] for one in report["findings"]} == {"pilot"}
    report = json.loads(whole.ok(*check, "--repair", "--yes"))
    assert _found(report) == set()
