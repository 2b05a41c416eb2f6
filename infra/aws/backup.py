"""Backup: vaults, plans and what they take in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

_GONE = ("ResourceNotFoundException",)

RULE_NAMES = {
    "CompletionWindowMinutes": "completionWindow",
    "DeleteAfterDays": "deleteAfter",
    "DestinationBackupVaultArn": "destinationVaultArn",
    "MoveToColdStorageAfterDays": "coldStorageAfter",
    "ScheduleExpression": "schedule",
    "StartWindowMinutes": "startWindow",
    "TargetBackupVaultName": "targetVaultName",
}
SELECTION_NAMES = {
    "ConditionKey": "key",
    "ConditionType": "type",
    "ConditionValue": "value",
    "StringLike": "stringLikes",
    "StringNotLike": "stringNotLikes",
}


def _tags(aws: Aws, arn: str) -> Any:
    return aws.client("backup").list_tags(ResourceArn=arn)["Tags"]


def _own(vault: str) -> bool:
    """Whether AWS made a vault: on the console's first visit, or for EFS."""
    return vault == "Default" or vault.startswith("aws/")


def _list_vaults(aws: Aws) -> Iterator[Raw]:
    for vault in aws.pages("backup", "list_backup_vaults", "BackupVaultList"):
        if not _own(vault["BackupVaultName"]):
            yield {**vault, "tags": _tags(aws, vault["BackupVaultArn"])}


def _read_vault(aws: Aws, name: str, _state: Props) -> Raw | None:
    # Describing a vault that is not there is answered by "access denied"; the list is certain.
    vaults = aws.pages("backup", "list_backup_vaults", "BackupVaultList")
    vault = next((vault for vault in vaults if vault["BackupVaultName"] == name), None)
    return vault and {**vault, "tags": _tags(aws, vault["BackupVaultArn"])}


def _vault(raw: Raw) -> Props:
    return {
        "arn": raw["BackupVaultArn"],
        "kmsKeyArn": raw.get("EncryptionKeyArn", ""),
        "name": raw["BackupVaultName"],
        "recoveryPoints": raw.get("NumberOfRecoveryPoints", 0),
        "tags": tags(raw["tags"]),
    }


def _plan_ids(aws: Aws) -> list[str]:
    plans = aws.pages("backup", "list_backup_plans", "BackupPlansList")
    # AWS's own plans are made with its own hands.
    return [plan["BackupPlanId"] for plan in plans if not plan["BackupPlanName"].startswith("aws/")]


def _list_plans(aws: Aws) -> Iterator[Raw]:
    return aws.each(lambda plan_id: _read_plan(aws, plan_id, {}), _plan_ids(aws))


def _read_plan(aws: Aws, plan_id: str, _state: Props) -> Raw | None:
    plan = one(lambda: aws.client("backup").get_backup_plan(BackupPlanId=plan_id), *_GONE)
    # A deleted plan can still be read, for the sake of its recovery points.
    if plan is None or plan.get("DeletionDate"):
        return None
    return {**plan, "tags": _tags(aws, plan["BackupPlanArn"])}


def _plan(raw: Raw) -> Props:
    plan = raw["BackupPlan"]
    settings = plan.get("AdvancedBackupSettings") or raw.get("AdvancedBackupSettings") or ()
    return {
        "advancedBackupSettings": [
            {"backupOptions": dict(item["BackupOptions"]), "resourceType": item["ResourceType"]}
            for item in settings
        ],
        "arn": raw["BackupPlanArn"],
        "name": plan["BackupPlanName"],
        "rules": [_rule(rule) for rule in plan["Rules"]],
        "tags": tags(raw["tags"]),
        "version": raw["VersionId"],
    }


def _rule(rule: Raw) -> Props:
    apart = ("RuleId", "RecoveryPointTags")
    plain = {key: value for key, value in rule.items() if key not in apart}
    return {
        **camel(plain, RULE_NAMES),
        "recoveryPointTags": dict(rule.get("RecoveryPointTags") or {}),
    }


def _list_selections(aws: Aws) -> Iterator[Raw]:
    for plan_id in _plan_ids(aws):
        listed = one(
            lambda: aws.pages(
                "backup",
                "list_backup_selections",
                "BackupSelectionsList",
                BackupPlanId=plan_id,  # noqa: B023
            ),
            *_GONE,
        )
        ids = [f"{plan_id}|{item['SelectionId']}" for item in listed or ()]
        yield from aws.each(lambda resource_id: _read_selection(aws, resource_id, {}), ids)


def _read_selection(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    plan_id, _, selection_id = resource_id.rpartition("|")
    found: Raw | None = one(
        lambda: aws.client("backup").get_backup_selection(
            BackupPlanId=plan_id or state["planId"], SelectionId=selection_id
        ),
        *_GONE,
        # The code's message: "Cannot find backup plan"; a selection cannot outlive its plan.
        "InvalidParameterValueException",
    )
    return found


def _selection(raw: Raw) -> Props:
    selection = raw["BackupSelection"]
    conditions = {key: found for key, found in (selection.get("Conditions") or {}).items() if found}
    return {
        "conditions": [camel(conditions, SELECTION_NAMES)] if conditions else [],
        "iamRoleArn": selection["IamRoleArn"],
        "name": selection["SelectionName"],
        "notResources": selection.get("NotResources") or [],
        "planId": raw["BackupPlanId"],
        "resources": selection.get("Resources") or [],
        "selectionTags": camel(selection.get("ListOfTags") or [], SELECTION_NAMES),
    }


_SELECTION_INPUTS = frozenset(
    {
        "conditions",
        "iamRoleArn",
        "name",
        "notResources",
        "planId",
        "resources",
        "selectionTags",
    }
)

TYPES = (
    AwsType(
        token="aws:backup/plan:Plan",
        service="backup",
        cloudformation="AWS::Backup::BackupPlan",
        list=_list_plans,
        read=_read_plan,
        identify=lambda raw: str(raw["BackupPlanId"]),
        normalise=_plan,
        replace=frozenset({"name"}),
        replace_source={"name": "Terraform's documentation; CloudFormation renames"},
        defaults={"rules.completionWindow": 180, "rules.startWindow": 60},
        computed=frozenset({"rules.schedule", "rules.scheduleExpressionTimezone"}),
        unordered=frozenset({"advancedBackupSettings", "rules", "rules.copyActions"}),
        # The maker refuses it.
        write_only=frozenset({"scanSettings"}),
    ),
    AwsType(
        token="aws:backup/selection:Selection",
        service="backup",
        parent="planId",
        cloudformation="AWS::Backup::BackupSelection",
        list=_list_selections,
        read=_read_selection,
        identify=lambda raw: f"{raw['BackupPlanId']}|{raw['SelectionId']}",
        normalise=_selection,
        key=("planId", "name"),
        replace=_SELECTION_INPUTS,
        unordered=frozenset({"notResources", "resources", "selectionTags"}),
    ),
    AwsType(
        token="aws:backup/vault:Vault",
        service="backup",
        cloudformation="AWS::Backup::BackupVault",
        list=_list_vaults,
        read=_read_vault,
        identify=lambda raw: str(raw["BackupVaultName"]),
        normalise=_vault,
        key=("name",),
        replace=frozenset({"kmsKeyArn", "name"}),
        defaults={"forceDestroy": False},
        computed=frozenset({"kmsKeyArn"}),
        write_only=frozenset({"forceDestroy"}),
        stateful=True,
    ),
)
