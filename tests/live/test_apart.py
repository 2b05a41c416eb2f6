"""Several clouds, looked at by a process a core: what they report is what one process does."""

from __future__ import annotations

import json

import pytest

from tests.live.conftest import CODE, Country

pytestmark = pytest.mark.slow
CHECK = ("drift", CODE, "dj", "sd", "--plane", "cloud", "--format", "json")


def test_processes_find_what_one_does(country: Country) -> None:
    sqs = country.writing().client("sqs")
    queue = sqs.list_queues()["QueueUrls"][0]
    names = ["VisibilityTimeout"]
    before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    try:
        apart = country.cli.run(*CHECK)
        alone = country.cli.run(*CHECK, "--width", "1")
    finally:
        sqs.set_queue_attributes(QueueUrl=queue, Attributes=before)
    assert (apart.returncode, apart.stdout) == (alone.returncode, alone.stdout)
    assert apart.returncode == 2, apart.stderr
    found = json.loads(apart.stdout)["findings"]
    told = {(one["country"], one["property"]) for one in found}
    assert (CODE, "visibilityTimeoutSeconds") in told
    assert sorted(apart.stderr.splitlines()) == sorted(alone.stderr.splitlines())
