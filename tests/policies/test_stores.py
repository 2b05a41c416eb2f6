"""`encryption`, `protection` and `tags`: each passes and fails."""

from __future__ import annotations

from typing import Any

import pytest

from infra.policies.encryption import _RULES as ENCRYPTION
from infra.policies.model import UNKNOWN, Resource
from infra.policies.protection import _RULES as PROTECTION
from tests.components.described import country
from tests.policies.samples import PRODUCTION, broken, facts, judged, resource
from tests.policies.tenancies import tenancy, text

VIRGINIA = "us-east-1"
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.fixture(scope="module")
def production() -> list[Resource]:
    return tenancy(country("jo", environment="production", delegated=True))[0]


def without(props: Any, path: str) -> dict[str, Any]:
    """Properties with one left out, the first of a list where the path says `*`."""
    first, _, rest = path.partition(".")
    first = "0" if first == "*" else first
    if isinstance(props, list):
        return [without(item, rest) if rest else None for item in props]  # type: ignore[return-value]
    kept = {key: value for key, value in props.items() if key != first}
    return {**kept, first: without(props[first], rest)} if rest else kept


# Left out, these mean what is right: only saying the opposite is wrong.
_WRONG = {
    "forceDestroy": True,
    "forceDelete": True,
    "skipFinalSnapshot": True,
    "recoveryWindowInDays": 0,
    "transitEncryptionMode": "preferred",
    "orderedCacheBehaviors.*.viewerProtocolPolicy": None,
}


@pytest.mark.parametrize(
    ("policy", "token", "path"),
    [
        (policy, token, rule.path)
        for policy, rules in (("encryption", ENCRYPTION), ("protection", PROTECTION))
        for token, musts in rules.items()
        for rule in musts
    ],
)
def test_each_rule_passes_and_fails(
    policy: str, token: str, path: str, production: list[Resource]
) -> None:
    known = facts(**PRODUCTION)
    for what in [item for item in production if item.type == token]:
        assert judged(policy, what, known) == []
        if path == "orderedCacheBehaviors.*.viewerProtocolPolicy":
            props = {**what.props, "orderedCacheBehaviors": [{"viewerProtocolPolicy": "allow-all"}]}
        elif path in _WRONG:
            props = {**what.props, path: _WRONG[path]}
        else:
            props = without(dict(what.props), path)
        changed = resource(token, props, protect=True)
        assert judged(policy, changed, known), f"{path} of {what.name}"


EXAMPLES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("aws:ebs/volume:Volume", {"encrypted": True, "kmsKeyId": "k"}, {"kmsKeyId": "k"}),
    ("aws:efs/fileSystem:FileSystem", {"encrypted": True, "kmsKeyId": "k"}, {"encrypted": True}),
    ("aws:sqs/queue:Queue", {"kmsMasterKeyId": "k"}, {}),
    ("aws:sqs/queue:Queue", {"sqsManagedSseEnabled": True}, {"sqsManagedSseEnabled": False}),
    ("aws:backup/vault:Vault", {"kmsKeyArn": "k"}, {}),
    ("aws:backup/vault:Vault", {"region": "eu-central-1"}, {"region": "eu-south-1"}),
    (
        "aws:rds/parameterGroup:ParameterGroup",
        {"family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
        {"family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "0"}]},
    ),
    (
        "aws:rds/parameterGroup:ParameterGroup",
        {"family": "mysql8.4", "parameters": [{"name": "require_secure_transport", "value": "1"}]},
        {"family": "oracle-ee-19", "parameters": []},
    ),
    ("aws:lb/listener:Listener", {"protocol": "HTTP"}, {"protocol": "TCP"}),
    (
        "aws:lb/listener:Listener",
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"},
        {"protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-0-2021-06"},
    ),
    (
        "aws:s3/bucketPolicy:BucketPolicy",
        {"policy": text(DENY)},
        {"policy": text({**DENY, "Action": "s3:GetObject"})},
    ),
    (
        "aws:sqs/queuePolicy:QueuePolicy",
        {"policy": text({**DENY, "Action": "sqs:*"})},
        {"policy": text({**DENY, "Condition": {}})},
    ),
    ("aws:s3/bucketPolicy:BucketPolicy", {"policy": text(DENY)}, {"policy": "no JSON"}),
    (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]},
        {"rules": []},
    ),
]


@pytest.mark.parametrize(("token", "good", "bad"), EXAMPLES)
def test_encryption(token: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert broken("encryption", token, good) == []
    assert len(broken("encryption", token, bad)) == 1


def test_plain_http_ends_with_the_delegation() -> None:
    token, props = "aws:lb/listener:Listener", {"protocol": "HTTP"}
    assert broken("encryption", token, props, delegated="true") == ["protocol"]


def test_a_value_that_aws_has_yet_to_give_is_undecided() -> None:
    (problem,) = judged("encryption", resource("aws:sns/topic:Topic", {"kmsMasterKeyId": UNKNOWN}))
    assert problem.undecided
    assert problem.property == "kmsMasterKeyId"


def test_protection_is_for_production_and_can_be_lifted_on_purpose() -> None:
    token: str = "aws:s3/bucket:Bucket"
    unsafe = resource(token, {"forceDestroy": True})
    assert judged("protection", unsafe, facts()) == []
    found = judged("protection", unsafe, facts(**PRODUCTION))
    assert [item.property for item in found] == ["forceDestroy", "protect"]
    assert judged("protection", unsafe, facts(**PRODUCTION, unprotected=True)) == []


def test_a_balancer_is_protected_once_it_serves_somebody() -> None:
    token = "aws:lb/loadBalancer:LoadBalancer"
    unsafe = resource(token, {"enableDeletionProtection": False})
    waiting = facts(environment="production", delegated="false")
    assert judged("protection", unsafe, waiting) == [], "delegation puts another in its place"
    found = judged("protection", unsafe, facts(**PRODUCTION))
    assert [item.property for item in found] == ["enableDeletionProtection", "protect"]


def test_a_zone_is_protected_since_a_new_one_must_be_delegated_again() -> None:
    zone = resource("aws:route53/zone:Zone", {"forceDestroy": False})
    (found,) = judged("protection", zone, facts(**PRODUCTION))
    assert found.property == "protect"


URN = "urn:pulumi:jo::wasl::wasl:tenancy:Part+aws:sqs/queue:Queue::it"
TAGS = {
    "country": "jo",
    "environment": "pilot",
    "partner": "classera",
    "owner": "wasl-jo",
    "cost-centre": "wasl-jo",
    "data-classification": "personal",
    "wasl:urn": URN,
}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, []),
        *(({name: ""}, [f"tags.{name}"]) for name in TAGS),
        ({"country": "eg"}, ["tags.country"]),
        ({"environment": "production"}, ["tags.environment"]),
        ({"data-classification": "secret"}, ["tags.data-classification"]),
        ({"wasl:urn": URN + "2"}, ["tags.wasl:urn"]),
    ],
)
def test_tags(changes: dict[str, str], refused: list[str]) -> None:
    props = {"tags": {**TAGS, **changes}}
    assert broken("tags", "aws:sqs/queue:Queue", props) == refused


def test_what_takes_no_tags_needs_none() -> None:
    assert broken("tags", "aws:kms/alias:Alias", {}) == []
    assert len(broken("tags", "aws:sqs/queue:Queue", {})) == len(TAGS)
