"""Nothing is open to the public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policies.documents import statements
from infra.policies.facts import Facts
from infra.policies.model import Must, Problem, Resource, given, judge, not_true, true

DOCUMENTS: Mapping[str, str] = {
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:kms/key:Key": "policy",
    "aws:kms/replicaKey:ReplicaKey": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
}
"""Where each type keeps the policy that says who else may use it."""

_NOT_PUBLIC = "false"
_ACLS = (None, "", "private", "log-delivery-write", "bucket-owner-full-control")


def _closed_acl(value: object) -> bool:
    return value in _ACLS


def _nobody(value: object) -> bool:
    return not value


_ACL = Must("acl", _closed_acl, "private")
_RULES: Mapping[str, tuple[Must, ...]] = {
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": tuple(
        Must(name, true, "true")
        for name in (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
    ),
    "aws:s3/bucketAcl:BucketAcl": (
        _ACL,
        Must("accessControlPolicy", _nobody, "left out: say who may read in a policy"),
    ),
    "aws:s3/bucket:Bucket": (
        _ACL,
        Must("grants", _nobody, "left out: say who may read in a policy"),
        Must("website", _nobody, "left out: public content goes through the edge"),
    ),
    "aws:rds/instance:Instance": (Must("publiclyAccessible", not_true, _NOT_PUBLIC),),
    "aws:ec2/subnet:Subnet": (
        Must("mapPublicIpOnLaunch", not_true, _NOT_PUBLIC),
        Must("assignIpv6AddressOnCreation", not_true, _NOT_PUBLIC),
    ),
    "aws:ecs/service:Service": (
        Must("networkConfiguration.assignPublicIp", not_true, _NOT_PUBLIC),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Must(
            "origins.*.originAccessControlId",
            given,
            "an origin access control, so that the bucket stays closed to all others",
        ),
    ),
}


def public_access(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """No address, setting or policy lets the public in, but the balancer of a delegated zone."""
    yield from judge(resource, *_RULES.get(resource.type, ()))
    if resource.type == "aws:lb/loadBalancer:LoadBalancer" and not facts.delegated:
        words = "true until the ministry has delegated the zone"
        yield from judge(
            resource, Must("internal", true, words, f"see {facts.manifest}: delegated")
        )
    if resource.type in DOCUMENTS:
        yield from _everyone(resource, DOCUMENTS[resource.type])


def _everyone(resource: Resource, path: str) -> Iterator[Problem]:
    found, problems = statements(resource, path)
    yield from problems
    for item in found:
        if item.allow and (item.everyone or "NotPrincipal" in item.inverted):
            what = f"{item.path} allows {', '.join(item.actions)} to everyone"
            yield Problem(item.path, what, "name the accounts, roles or services in Principal")
