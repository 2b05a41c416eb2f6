"""Secrets Manager: secrets and their versions."""

from __future__ import annotations

import base64
from typing import Any

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

CURRENT = "AWSCURRENT"


def _client(aws: Aws) -> Any:
    return aws.client("secretsmanager")


def _replicas(props: Props) -> dict[str, Props]:
    """The wanted replicas by region."""
    return {
        item["region"]: {
            "Region": item["region"],
            **({"KmsKeyId": item["kmsKeyId"]} if item.get("kmsKeyId") else {}),
        }
        for item in props.get("replicas") or ()
    }


def _create(aws: Aws, props: Props) -> str:
    optional = {
        "AddReplicaRegions": list(_replicas(props).values()),
        "Description": props.get("description"),
        "KmsKeyId": props.get("kmsKeyId"),
    }
    created = _client(aws).create_secret(
        Name=props["name"],
        ForceOverwriteReplicaSecret=props["forceOverwriteReplicaSecret"],
        Tags=pairs(props),
        **{key: value for key, value in optional.items() if value},
    )
    arn = str(created["ARN"])
    _policy(aws, arn, {}, props)
    return arn


def _policy(aws: Aws, arn: str, old: Props, new: Props) -> None:
    if new.get("policy") and new["policy"] != old.get("policy"):
        _client(aws).put_resource_policy(SecretId=arn, ResourcePolicy=new["policy"])
    # "{}" is how a program asks for none.
    if old.get("policy") and new.get("policy") == "{}":
        _client(aws).delete_resource_policy(SecretId=arn)


def _update(aws: Aws, arn: str, old: Props, new: Props) -> None:
    client = _client(aws)
    if any(new.get(key) != old.get(key) for key in ("description", "kmsKeyId")):
        key = {"KmsKeyId": new["kmsKeyId"]} if new.get("kmsKeyId") else {}
        client.update_secret(SecretId=arn, Description=new.get("description", ""), **key)
    _policy(aws, arn, old, new)
    before, after = _replicas(old), _replicas(new)
    gone = [region for region in before if before[region] != after.get(region)]
    added = [after[region] for region in after if before.get(region) != after[region]]
    if gone:
        client.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=gone)
    if added:
        client.replicate_secret_to_regions(
            SecretId=arn,
            AddReplicaRegions=added,
            ForceOverwriteReplicaSecret=new["forceOverwriteReplicaSecret"],
        )
    put, untag = changed_tags(old, new)
    if put:
        client.tag_resource(SecretId=arn, Tags=pairs({"tags": put}))
    if untag:
        client.untag_resource(SecretId=arn, TagKeys=untag)


def _delete(aws: Aws, arn: str, state: Props) -> None:
    if regions := list(_replicas(state)):
        _client(aws).remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=regions)
    days = state.get("recoveryWindowInDays", 30)
    how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
    _client(aws).delete_secret(SecretId=arn, **how)


def _value(props: Props) -> Props:
    if binary := props.get("secretBinary"):
        return {"SecretBinary": base64.b64decode(binary)}
    return {"SecretString": props.get("secretString") or props.get("secretStringWo") or ""}


def _create_version(aws: Aws, props: Props) -> str:
    stages = {"VersionStages": props["versionStages"]} if props.get("versionStages") else {}
    created = _client(aws).put_secret_value(SecretId=props["secretId"], **_value(props), **stages)
    return f"{created['ARN']}|{created['VersionId']}"


def _update_version(aws: Aws, resource_id: str, old: Props, new: Props) -> None:
    secret, _, version = resource_id.partition("|")
    before, after = set(old.get("versionStages") or ()), set(new.get("versionStages") or ())
    for stage in sorted(after - before):
        _move(aws, secret, stage, to=version)
    for stage in sorted(before - after - {CURRENT, "AWSPREVIOUS"}):
        _client(aws).update_secret_version_stage(
            SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
        )


def _move(aws: Aws, secret: str, stage: str, to: str) -> None:
    """Give `stage` to a version; AWS wants to be told which one loses it."""
    versions = aws.pages("secretsmanager", "list_secret_version_ids", "Versions", SecretId=secret)
    holders = [item["VersionId"] for item in versions if stage in item.get("VersionStages", ())]
    loser = {"RemoveFromVersionId": holders[0]} if holders else {}
    _client(aws).update_secret_version_stage(
        SecretId=secret, VersionStage=stage, MoveToVersionId=to, **loser
    )


def _delete_version(aws: Aws, resource_id: str, state: Props) -> None:
    """Take its stages away; AWSCURRENT cannot be: it goes with the secret."""
    secret, _, version = resource_id.partition("|")
    for stage in state.get("versionStages") or ():
        if stage != CURRENT:
            _client(aws).update_secret_version_stage(
                SecretId=secret, VersionStage=stage, RemoveFromVersionId=version
            )


MAKERS = {
    "aws:secretsmanager/secret:Secret": Maker(_create, _update, _delete),
    "aws:secretsmanager/secretVersion:SecretVersion": Maker(
        _create_version, _update_version, _delete_version
    ),
}
