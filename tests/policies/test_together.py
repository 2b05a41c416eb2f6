"""`complete-stores`, `open-groups` and `replica-buckets`: each passes and fails."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infra.policies.ingress import GROUP, RULE
from infra.policies.model import UNKNOWN, Resource
from infra.policies.together import Stack
from tests.components.described import country
from tests.policies.samples import resource, together
from tests.policies.tenancies import tenancy

BUCKET = "aws:s3/bucket:Bucket"
REPLICATION = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"


@pytest.fixture(scope="module")
def stack() -> Stack:
    return tenancy(country("jo", environment="production", delegated=True))[1]


@pytest.mark.parametrize(
    ("setting", "store"),
    [
        (
            "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "content",
        ),
        ("bucketPublicAccessBlock:BucketPublicAccessBlock", "audit"),
        ("bucketPolicy:BucketPolicy", "content"),
        ("bucketVersioning:BucketVersioning", "logs"),
    ],
)
def test_a_bucket_needs_each_setting(stack: Stack, setting: str, store: str) -> None:
    kept = [
        item
        for item in stack.resources
        if not (item.type == f"aws:s3/{setting}" and item.name == store)
    ]
    assert together("complete-stores", *stack.resources) == []
    name = setting.rpartition(":")[2]
    assert together("complete-stores", *kept) == [(store, name)]


def test_a_queue_needs_a_policy(stack: Stack) -> None:
    kept = [item for item in stack.resources if item.type != "aws:sqs/queuePolicy:QueuePolicy"]
    assert len(together("complete-stores", *kept)) == len(stack.of("aws:sqs/queue:Queue")) > 0


def test_settings_are_told_by_what_they_were_made_from(stack: Stack) -> None:
    """In a first preview names may be unknown, but not what a property was made from."""

    def first(item: Resource) -> Resource:
        return replace(item, props={**item.props, "bucket": UNKNOWN, "queueUrl": UNKNOWN})

    assert together("complete-stores", *map(first, stack.resources)) == []


def test_personal_data_needs_a_key_of_the_tenancy() -> None:
    token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"

    def keys(classification: str, **default: str) -> list[tuple[str, str]]:
        tags = {"data-classification": classification}
        rules = [{"applyServerSideEncryptionByDefault": default}]
        said = together(
            "complete-stores",
            resource(BUCKET, {"bucket": "b", "tags": tags}),
            resource(token, {"bucket": "b", "rules": rules}, "setting"),
        )
        return [pair for pair in said if pair[0] == "setting"]

    assert keys("personal", sseAlgorithm="aws:kms", kmsMasterKeyId="k") == []
    assert keys("internal", sseAlgorithm="AES256") == []
    assert len(keys("personal", sseAlgorithm="AES256")) == 1
    assert len(keys("restricted", sseAlgorithm="aws:kms")) == 1


def opened(user: str, props: dict[str, Any]) -> list[tuple[str, str]]:
    group = resource(GROUP, {"id": "sg-1"}, "group")
    ports = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443}
    rule = {"securityGroupId": "sg-1", "cidrIpv4": "0.0.0.0/0", **ports}
    return together("open-groups", group, resource(RULE, rule, "rule"), resource(user, props))


def test_an_open_group_is_the_balancers_alone(stack: Stack) -> None:
    assert together("open-groups", *stack.resources) == []
    assert opened("aws:lb/loadBalancer:LoadBalancer", {"securityGroups": ["sg-1"]}) == []
    refused = [("rule", "securityGroupId")]
    assert opened("aws:lb/loadBalancer:LoadBalancer", {"securityGroups": ["sg-2"]}) == refused
    assert opened("aws:rds/instance:Instance", {"vpcSecurityGroupIds": ["sg-1"]}) == refused
    network = {"networkConfiguration": {"securityGroups": ["sg-1"]}}
    assert opened("aws:ecs/service:Service", network) == refused


def replicated(target: str, **changes: Any) -> list[tuple[str, str]]:
    rules = [{"destination": {"bucket": target}}]
    return together(
        "replica-buckets",
        resource(BUCKET, {"bucket": "here", "arn": "arn:aws:s3:::here"}, "here"),
        resource(
            BUCKET,
            {"bucket": "there", "arn": "arn:aws:s3:::there", "region": "eu-central-1"},
            "there",
        ),
        resource(REPLICATION, {"bucket": "here", "rules": rules}, "replication"),
        **changes,
    )


def test_objects_are_replicated_where_the_contract_permits() -> None:
    refused = [("replication", "rules.0.destination.bucket")]
    permitted = {"replicas": ["eu-central-1"]}
    assert replicated("arn:aws:s3:::there", **permitted) == []
    assert replicated("arn:aws:s3:::there") == refused
    assert replicated("arn:aws:s3:::elsewhere", **permitted) == refused


def test_a_replica_whose_name_is_unknown_is_told_by_what_it_was_made_from() -> None:
    there = resource(BUCKET, {"bucket": "there", "region": "eu-west-1"}, "there")
    item = resource(
        REPLICATION,
        {"bucket": "here", "rules": [{"destination": {"bucket": UNKNOWN}}]},
        "replication",
        depends={"rules": frozenset({there.urn})},
    )
    assert len(together("replica-buckets", there, item)) == 1
