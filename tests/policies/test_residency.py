"""`reviewed-types`, `residency` and `copies`: each passes and fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.policies.model import UNKNOWN
from tests.policies.samples import CERTIFICATE, broken, facts, judged, resource

PLAN = "aws:backup/plan:Plan"
QUEUE = "aws:sqs/queue:Queue"


@pytest.mark.parametrize(
    ("token", "refused"),
    [
        (QUEUE, False),
        ("wasl:tenancy:Feeds", False),
        ("pulumi:pulumi:Stack", False),
        ("pulumi:providers:aws", False),
        ("aws:rds/globalCluster:GlobalCluster", True),
        ("aws:dynamodb/table:Table", True),
        ("gcp:storage/bucket:Bucket", True),
        ("pulumi:providers:gcp", True),
        ("aws-native:s3:Bucket", True),
        ("pulumi-python:dynamic:Resource", True),
    ],
)
def test_only_types_that_somebody_looked_at(token: str, refused: bool) -> None:
    assert bool(broken("reviewed-types", token, {})) is refused


@pytest.mark.parametrize(
    ("token", "region", "refused"),
    [
        (QUEUE, "eu-south-1", False),
        (QUEUE, "eu-central-1", True),  # permitted for backups, not for the tenancy itself
        (QUEUE, "us-east-1", True),
        ("aws:backup/vault:Vault", "eu-central-1", False),
        ("aws:backup/vault:Vault", "eu-west-1", True),
        ("aws:cloudwatch/logGroup:LogGroup", "eu-central-1", True),
        ("aws:kms/key:Key", "eu-central-1", False),
        ("pulumi:providers:aws", "eu-west-1", True),
        (CERTIFICATE, "us-east-1", False),
        ("aws:wafv2/webAcl:WebAcl", "us-east-1", True),  # not among the edge's types
    ],
)
def test_a_resource_stands_where_its_purpose_may(token: str, region: str, refused: bool) -> None:
    props = {"region": region, "tags": {"data-classification": "public"}}
    assert broken("residency", token, props) == ["region"] * refused


def test_without_its_own_region_the_providers_counts() -> None:
    assert judged("residency", resource(QUEUE, {}, provider_region="eu-south-1")) == []
    (abroad,) = judged("residency", resource(QUEUE, {}, provider_region="eu-west-1"))
    assert "eu-west-1" in abroad.what
    assert "countries/jo.yaml: residency.regions.primary" in abroad.next
    (nowhere,) = judged("residency", resource(QUEUE, {}, provider_region=""))
    assert "no region" in nowhere.what
    (unknown,) = judged("residency", resource(QUEUE, {}, provider_region=UNKNOWN))
    assert unknown.undecided


def test_global_types_have_no_region() -> None:
    assert judged("residency", resource("aws:iam/role:Role", {}, provider_region="")) == []


def test_the_edge_is_for_public_content_of_countries_that_want_it() -> None:
    token = "aws:cloudfront/distribution:Distribution"
    public = {"tags": {"data-classification": "public"}}
    assert broken("residency", token, public) == []
    assert broken("residency", token, public, edge=None) == [""]
    assert broken("residency", token, {"tags": {"data-classification": "personal"}}) == [
        "tags.data-classification"
    ]
    assert broken("residency", CERTIFICATE, {"region": "us-east-1"}) == ["tags.data-classification"]


@pytest.mark.parametrize(
    ("props", "refused"),
    [
        ({"availabilityZone": "eu-south-1a"}, []),
        ({"availabilityZone": "us-west-2a"}, ["availabilityZone"]),
        ({"deep": [{"arn": "arn:aws:sns:ap-southeast-1:1:x"}]}, ["deep.0.arn"]),
        ({"serviceName": "com.amazonaws.eu-west-3.s3"}, ["serviceName"]),
        ({"text": "logs.us-gov-west-1.amazonaws.com"}, ["text"]),
        ({"tags": {"note": "us-west-2"}, "description": "not us-west-2"}, []),
        ({"name": "menu-south-10 and eu-southern-1"}, []),
    ],
)
def test_regions_are_found_wherever_they_are_named(
    props: dict[str, Any], refused: list[str]
) -> None:
    assert broken("residency", QUEUE, props) == refused


def _plan(region: str) -> dict[str, Any]:
    arn = f"arn:aws:backup:{region}:111122223333:backup-vault:copy"
    return {"rules": [{"copyActions": [{"destinationVaultArn": arn}]}]}


def _logs(region: str, driver: str = "awslogs") -> dict[str, Any]:
    logging = {"logDriver": driver, "options": {"awslogs-region": region}}
    return {"containerDefinitions": json.dumps([{"logConfiguration": logging}])}


SECRET = "aws:secretsmanager/secret:Secret"
ECR = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
DATABASE = "aws:rds/instance:Instance"
FLOW = "aws:ec2/flowLog:FlowLog"


def _ecr(region: str) -> dict[str, Any]:
    return {"replicationConfiguration": {"rules": [{"destinations": [{"region": region}]}]}}


@pytest.mark.parametrize(
    ("token", "good", "bad"),
    [
        (PLAN, _plan("eu-central-1"), _plan("eu-west-1")),
        (PLAN, {"rules": [{}]}, {"rules": [{"copyActions": [{"destinationVaultArn": "x"}]}]}),
        (SECRET, {}, {"replicas": [{"region": "eu-central-1"}]}),
        (ECR, {}, _ecr("eu-central-1")),
        (TASK, _logs("eu-south-1"), _logs("eu-central-1")),
        (TASK, _logs("eu-south-1"), _logs("eu-south-1", "splunk")),
        (TASK, _logs("eu-south-1"), {"containerDefinitions": "no JSON"}),
        (
            FLOW,
            {"logDestination": "arn:aws:logs:eu-south-1:111122223333:log-group:flow"},
            {"logDestination": "arn:aws:s3:::somewhere"},
        ),
        ("aws:kms/key:Key", {"multiRegion": False}, {"multiRegion": True}),
        (
            DATABASE,
            {"replicateSourceDb": "its-neighbour"},
            {"replicateSourceDb": "arn:aws:rds:eu-west-1:111122223333:db:x"},
        ),
    ],
)
def test_copies_go_where_each_may(token: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert broken("copies", token, good) == []
    assert len(broken("copies", token, bad)) == 1


def test_replicas_may_go_where_the_contract_permits_them() -> None:
    token, props = SECRET, {"replicas": [{"region": "eu-central-1"}]}
    assert broken("copies", token, props, replicas=["eu-central-1"]) == []
    assert broken("copies", "aws:kms/key:Key", {"multiRegion": True}, replicas=["x"]) == []


def test_what_is_unknown_is_not_judged_and_not_passed() -> None:
    plan = {"rules": [{"copyActions": [{"destinationVaultArn": UNKNOWN}]}]}
    for props in (plan, {"rules": UNKNOWN}):
        (problem,) = judged("copies", resource(PLAN, props), facts())
        assert problem.undecided
