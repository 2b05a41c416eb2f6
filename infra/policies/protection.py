"""In production, data outlives mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policies.facts import Facts
from infra.policies.model import Must, Problem, Resource, among, at_least, judge, not_true, true

_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
_KEPT = Must("forceDestroy", not_true, "false")
_FEWEST_DAYS = 7


def _recoverable(days: object) -> bool:
    """AWS keeps a deleted secret for 30 days unless it is told otherwise."""
    return days is None or at_least(_FEWEST_DAYS)(days)


_RULES: Mapping[str, tuple[Must, ...]] = {
    "aws:rds/instance:Instance": (
        Must("deletionProtection", true, "true"),
        Must("skipFinalSnapshot", not_true, "false"),
        Must("backupRetentionPeriod", at_least(_FEWEST_DAYS), "at least 7 days"),
        Must("deleteAutomatedBackups", among(False), "false"),
    ),
    _BALANCER: (Must("enableDeletionProtection", true, "true"),),
    "aws:cognito/userPool:UserPool": (Must("deletionProtection", among("ACTIVE"), "ACTIVE"),),
    "aws:s3/bucket:Bucket": (_KEPT,),
    "aws:backup/vault:Vault": (_KEPT,),
    "aws:route53/zone:Zone": (_KEPT,),
    "aws:ecr/repository:Repository": (Must("forceDelete", not_true, "false"),),
    "aws:secretsmanager/secret:Secret": (
        Must("recoveryWindowInDays", _recoverable, "at least 7 days, or left out"),
    ),
    "aws:kms/key:Key": (Must("deletionWindowInDays", at_least(30), "30 days"),),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Must("snapshotRetentionLimit", at_least(1), "at least 1 day"),
    ),
}
_PROTECTED = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:cognito/userPool:UserPool",
        "aws:kms/key:Key",
        _BALANCER,
        "aws:rds/instance:Instance",
        "aws:route53/zone:Zone",
        "aws:s3/bucket:Bucket",
    }
)


def _waits(resource: Resource, facts: Facts) -> bool:
    """A balancer that serves nobody yet, and goes when the zone is delegated."""
    return resource.type == _BALANCER and not facts.delegated


def protection(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """What holds data cannot be deleted by accident, neither by Pulumi nor by hand."""
    if not facts.protected or _waits(resource, facts):
        return
    yield from judge(resource, *_RULES.get(resource.type, ()))
    if resource.type in _PROTECTED and not facts.sandbox and not resource.protect:
        what = "it is not protected, so a `pulumi destroy` takes it along"
        yield Problem("protect", what, "give it protect=True in production")
