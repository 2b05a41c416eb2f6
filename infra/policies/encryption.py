"""Nothing is kept or sent in the clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from infra.policies.documents import Statement, statements
from infra.policies.facts import Facts
from infra.policies.model import (
    UNKNOWN,
    Must,
    Problem,
    Resource,
    among,
    given,
    judge,
    true,
    undecided,
)

_KEY = "a key of the tenancy's own"
_VIEWER_TLS = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")

_RULES: Mapping[str, tuple[Must, ...]] = {
    "aws:rds/instance:Instance": (
        Must("storageEncrypted", true, "true"),
        Must("kmsKeyId", given, _KEY),
        Must("parameterGroupName", given, "a parameter group that forces TLS"),
    ),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
        Must("kmsKeyId", given, "a key of the region that takes the copies"),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        Must("atRestEncryptionEnabled", true, "true"),
        Must("kmsKeyId", given, _KEY),
        Must("transitEncryptionEnabled", true, "true"),
        Must("transitEncryptionMode", among(None, "", "required"), "required"),
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        Must("rules", given, "one rule with a default encryption"),
        Must(
            "rules.*.applyServerSideEncryptionByDefault.sseAlgorithm",
            among("AES256", "aws:kms", "aws:kms:dsse"),
            "aws:kms with a key of the tenancy, or AES256 where AWS delivers logs",
        ),
    ),
    "aws:sns/topic:Topic": (Must("kmsMasterKeyId", given, _KEY),),
    "aws:cloudwatch/logGroup:LogGroup": (Must("kmsKeyId", given, _KEY),),
    "aws:ecr/repository:Repository": (
        Must("encryptionConfigurations.0.encryptionType", among("KMS", "KMS_DSSE"), "KMS"),
        Must("encryptionConfigurations.0.kmsKey", given, _KEY),
    ),
    "aws:secretsmanager/secret:Secret": (Must("kmsKeyId", given, _KEY),),
    "aws:cloudtrail/trail:Trail": (Must("kmsKeyId", given, _KEY),),
    "aws:scheduler/schedule:Schedule": (Must("kmsKeyArn", given, _KEY),),
    "aws:kms/key:Key": (Must("enableKeyRotation", true, "true"),),
    "aws:ebs/volume:Volume": (
        Must("encrypted", true, "true"),
        Must("kmsKeyId", given, _KEY),
    ),
    "aws:efs/fileSystem:FileSystem": (
        Must("encrypted", true, "true"),
        Must("kmsKeyId", given, _KEY),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Must(
            "defaultCacheBehavior.viewerProtocolPolicy",
            among("redirect-to-https", "https-only"),
            "redirect-to-https or https-only",
        ),
        Must(
            "orderedCacheBehaviors.*.viewerProtocolPolicy",
            among("redirect-to-https", "https-only"),
            "redirect-to-https or https-only",
        ),
    ),
}
_TLS_ONLY = ("aws:s3/bucketPolicy:BucketPolicy", "aws:sqs/queuePolicy:QueuePolicy")
# The parameter by which each family of engines takes TLS connections only.
_FORCED = {"postgres": ("rds.force_ssl", "1"), "mysql": ("require_secure_transport", "1")}


def encryption(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Data is encrypted where it lies and on its way, with keys that the tenancy holds."""
    yield from judge(resource, *_RULES.get(resource.type, ()))
    match resource.type:
        case "aws:sqs/queue:Queue":
            yield from _queue(resource)
        case "aws:backup/vault:Vault":
            yield from _vault(resource, facts)
        case "aws:rds/parameterGroup:ParameterGroup":
            yield from _forced_tls(resource)
        case "aws:lb/listener:Listener":
            yield from _listener(resource, facts)
        case "aws:cloudfront/distribution:Distribution":
            yield from _viewers(resource)
        case type if type in _TLS_ONLY:
            yield from _tls_only(resource)


def _queue(resource: Resource) -> Iterator[Problem]:
    if resource.get("sqsManagedSseEnabled") is not True:
        yield from judge(resource, Must("kmsMasterKeyId", given, _KEY))


def _vault(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """A vault that takes copies in another region has AWS's key there: ours stay in theirs."""
    if resource.region in (facts.region, UNKNOWN):
        yield from judge(resource, Must("kmsKeyArn", given, _KEY))


def _forced_tls(resource: Resource) -> Iterator[Problem]:
    family = resource.get("family")
    wanted = next((pair for name, pair in _FORCED.items() if str(family).startswith(name)), None)
    if family is UNKNOWN or resource.get("parameters") is UNKNOWN:
        yield undecided("parameters")
    elif wanted is None:
        what = f"nobody said how the family {family!r} is made to take TLS only"
        yield Problem("family", what, "name its parameter in infra/policies/encryption.py")
    else:
        set_to = {item.get("name"): item.get("value") for _, item in resource.all("parameters.*")}
        if str(set_to.get(wanted[0])) != wanted[1]:
            what = f"the parameter {wanted[0]} is not {wanted[1]}: the database takes plain text"
            yield Problem("parameters", what, f"set {wanted[0]} to {wanted[1]}")


def _listener(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """HTTPS; plain HTTP only while nobody can reach it, before the zone is delegated."""
    protocols = ("HTTPS",) if facts.delegated else ("HTTPS", "HTTP")
    yield from judge(resource, Must("protocol", among(*protocols), " or ".join(protocols)))
    if resource.get("protocol") == "HTTPS":
        yield from judge(resource, Must("sslPolicy", _modern, "a policy of TLS 1.2 and 1.3"))


def _modern(policy: object) -> bool:
    return re.match(r"ELBSecurityPolicy-TLS13-1-[23]-", str(policy)) is not None


def _viewers(resource: Resource) -> Iterator[Problem]:
    """CloudFront's own name has AWS's own certificate, whose TLS versions cannot be chosen."""
    if resource.get("viewerCertificate.cloudfrontDefaultCertificate") is not True:
        path = "viewerCertificate.minimumProtocolVersion"
        yield from judge(resource, Must(path, among(*_VIEWER_TLS), _VIEWER_TLS[0]))


def _tls_only(resource: Resource) -> Iterator[Problem]:
    found, problems = statements(resource, "policy")
    yield from problems
    if problems or any(_refuses_plain(item) for item in found):
        return
    what = "no statement refuses whoever comes without TLS"
    yield Problem("policy", what, "add tls_only() of infra/components/policy.py")


def _refuses_plain(statement: Statement) -> bool:
    if statement.allow or not statement.everyone or statement.inverted:
        return False
    every = any(action == "*" or action.endswith(":*") for action in statement.actions)
    return every and list(statement.conditions()) == [("Bool", "aws:SecureTransport", ("false",))]
