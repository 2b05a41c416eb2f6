"""Backup: vaults, plans and selections."""

from __future__ import annotations

from typing import Any

from infra.aws.backup import RULE_NAMES, SELECTION_NAMES
from infra.aws.model import Aws, Props
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags


def _client(aws: Aws) -> Any:
    return aws.client("backup")


def _retag(aws: Aws, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        _client(aws).tag_resource(ResourceArn=arn, Tags=put)
    if gone:
        _client(aws).untag_resource(ResourceArn=arn, TagKeyList=gone)


def _create_vault(aws: Aws, props: Props) -> str:
    key = {"EncryptionKeyArn": props["kmsKeyArn"]} if props.get("kmsKeyArn") else {}
    _client(aws).create_backup_vault(
        BackupVaultName=props["name"], BackupVaultTags=props.get("tags") or {}, **key
    )
    return str(props["name"])


def _update_vault(aws: Aws, name: str, old: Props, new: Props) -> None:
    vault = _client(aws).describe_backup_vault(BackupVaultName=name)
    _retag(aws, vault["BackupVaultArn"], old, new)


def _delete_vault(aws: Aws, name: str, state: Props) -> None:
    points = (
        aws.pages(
            "backup", "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=name
        )
        if state.get("forceDestroy")
        else []
    )
    for point in points:
        _client(aws).delete_recovery_point(
            BackupVaultName=name, RecoveryPointArn=point["RecoveryPointArn"]
        )
    _client(aws).delete_backup_vault(BackupVaultName=name)


def _plan(props: Props) -> Props:
    if props.get("scanSettings") or any(rule.get("scanActions") for rule in props["rules"]):
        raise RuntimeError("scanSettings, scanActions: the stand-in does not know them")
    settings = [
        {"BackupOptions": dict(item["backupOptions"]), "ResourceType": item["resourceType"]}
        for item in props.get("advancedBackupSettings") or ()
    ]
    return {
        "BackupPlanName": props["name"],
        "Rules": [_rule(rule) for rule in props["rules"]],
        **({"AdvancedBackupSettings": settings} if settings else {}),
    }


def _rule(rule: Props) -> Props:
    plain = {key: value for key, value in rule.items() if key != "recoveryPointTags"}
    tags = rule.get("recoveryPointTags")
    return {
        # The real provider's defaults, which are not AWS's.
        "CompletionWindowMinutes": 180,
        "StartWindowMinutes": 60,
        **pascal(plain, RULE_NAMES),
        **({"RecoveryPointTags": tags} if tags else {}),
    }


def _create_plan(aws: Aws, props: Props) -> str:
    created = _client(aws).create_backup_plan(
        BackupPlan=_plan(props), BackupPlanTags=props.get("tags") or {}
    )
    return str(created["BackupPlanId"])


def _update_plan(aws: Aws, plan_id: str, old: Props, new: Props) -> None:
    changed = _client(aws).update_backup_plan(BackupPlanId=plan_id, BackupPlan=_plan(new))
    _retag(aws, changed["BackupPlanArn"], old, new)


def _create_selection(aws: Aws, props: Props) -> str:
    conditions = [pascal(item, SELECTION_NAMES) for item in props.get("conditions") or ()]
    optional = {
        "Conditions": conditions[0] if conditions else None,
        "ListOfTags": pascal(props.get("selectionTags") or [], SELECTION_NAMES),
        "NotResources": props.get("notResources"),
        "Resources": props.get("resources"),
    }
    created = _client(aws).create_backup_selection(
        BackupPlanId=props["planId"],
        BackupSelection={
            "SelectionName": props["name"],
            "IamRoleArn": props["iamRoleArn"],
            **{key: value for key, value in optional.items() if value},
        },
    )
    return f"{props['planId']}|{created['SelectionId']}"


def _delete_selection(aws: Aws, resource_id: str, state: Props) -> None:
    plan_id, _, selection_id = resource_id.rpartition("|")
    _client(aws).delete_backup_selection(
        BackupPlanId=plan_id or state["planId"], SelectionId=selection_id
    )


MAKERS = {
    "aws:backup/plan:Plan": Maker(
        _create_plan,
        _update_plan,
        lambda aws, id, _: _client(aws).delete_backup_plan(BackupPlanId=id),
    ),
    "aws:backup/selection:Selection": Maker(_create_selection, None, _delete_selection),
    "aws:backup/vault:Vault": Maker(_create_vault, _update_vault, _delete_vault),
}
