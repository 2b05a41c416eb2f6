"""Secrets Manager: secrets and which version of each is in force; never their values."""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_GONE = ("ResourceNotFoundException",)


def _list_secrets(aws: Aws) -> Iterator[Raw]:
    secrets = aws.pages("secretsmanager", "list_secrets", "SecretList")
    # Another service's secret, such as a database's managed password, is that service's; a copy
    # from another region is told of where it was made.
    ours = [
        secret["ARN"]
        for secret in secrets
        if not secret.get("OwningService") and secret.get("PrimaryRegion", aws.region) == aws.region
    ]
    return aws.each(lambda arn: _read_secret(aws, arn, {}), ours)


def _read_secret(aws: Aws, arn: str, _state: Props) -> Raw | None:
    client = aws.client("secretsmanager")
    secret = one(lambda: client.describe_secret(SecretId=arn), *_GONE)
    # One that waits for deletion answers nobody any more.
    if secret is None or secret.get("DeletedDate"):
        return None
    policy = one(lambda: client.get_resource_policy(SecretId=arn), *_GONE)
    return policy and {**secret, "policy": policy.get("ResourcePolicy", "")}


def _secret(raw: Raw) -> Props:
    return {
        "arn": raw["ARN"],
        "description": raw.get("Description", ""),
        "kmsKeyId": raw.get("KmsKeyId", ""),
        "name": raw["Name"],
        "policy": raw["policy"],
        "replicas": [_replica(item) for item in raw.get("ReplicationStatus") or ()],
        "tags": tags(raw.get("Tags")),
    }


def _replica(item: Raw) -> Props:
    return {
        "kmsKeyId": item.get("KmsKeyId", ""),
        "region": item["Region"],
        "status": item.get("Status", ""),
        "statusMessage": item.get("StatusMessage", ""),
    }


def _versions(aws: Aws, secret: str) -> list[Raw]:
    """A secret's versions that have a stage; AWS forgets the others in its own time."""
    found = one(
        lambda: aws.pages("secretsmanager", "list_secret_version_ids", "Versions", SecretId=secret),
        *_GONE,
        # A secret that waits for deletion.
        "InvalidRequestException",
    )
    return [{**item, "secret": secret} for item in found or () if item.get("VersionStages")]


def _list_versions(aws: Aws) -> Iterator[Raw]:
    for secret in _list_secrets(aws):
        for version in _versions(aws, secret["ARN"]):
            # The one before is AWS's own leftover.
            if version["VersionStages"] != ["AWSPREVIOUS"]:
                yield version


def _read_version(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    secret, _, version = resource_id.partition("|")
    return next((item for item in _versions(aws, secret) if item["VersionId"] == version), None)


def _version(raw: Raw) -> Props:
    return {
        "arn": raw["secret"],
        "secretArn": raw["secret"],
        "secretId": raw["secret"],
        "versionId": raw["VersionId"],
        "versionStages": raw["VersionStages"],
    }


TYPES = (
    AwsType(
        token="aws:secretsmanager/secret:Secret",
        service="secretsmanager",
        cloudformation="AWS::SecretsManager::Secret",
        list=_list_secrets,
        read=_read_secret,
        identify=lambda raw: str(raw["ARN"]),
        normalise=_secret,
        key=("name",),
        replace=frozenset({"name", "namePrefix"}),
        defaults={"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30},
        computed=frozenset(
            {
                "kmsKeyId",
                "policy",
                "replicas.kmsKeyId",
                "replicas.lastAccessedDate",
                "replicas.status",
                "replicas.statusMessage",
                "type",
            }
        ),
        documents=frozenset({"policy"}),
        watched=frozenset({"policy"}),
        unordered=frozenset({"replicas"}),
        write_only=frozenset({"forceOverwriteReplicaSecret", "recoveryWindowInDays"}),
        stateful=True,
    ),
    AwsType(
        token="aws:secretsmanager/secretVersion:SecretVersion",
        service="secretsmanager",
        parent="secretId",
        list=_list_versions,
        read=_read_version,
        identify=lambda raw: f"{raw['secret']}|{raw['VersionId']}",
        normalise=_version,
        key=("secretId",),
        replace=frozenset({"secretBinary", "secretId", "secretString", "secretStringWoVersion"}),
        computed=frozenset({"versionStages"}),
        unordered=frozenset({"versionStages"}),
        write_only=frozenset(
            {"secretBinary", "secretString", "secretStringWo", "secretStringWoVersion"}
        ),
        secrets=frozenset({"secretBinary", "secretString", "secretStringWo"}),
        stateful=True,
    ),
)
