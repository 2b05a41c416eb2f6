"""Backup: selections, changing a plan, and a name that is free again once its plan is deleted."""

from __future__ import annotations

import json
from typing import Any

from infra.sandbox.emulation import answer, refusal, route

OPERATIONS = (
    "backup:CreateBackupSelection",
    "backup:DeleteBackupSelection",
    "backup:GetBackupSelection",
    "backup:ListBackupSelections",
    "backup:ListRecoveryPointsByBackupVault",
    "backup:UpdateBackupPlan",
)


def install() -> None:
    """Add the operations to moto."""
    from moto.backup import urls
    from moto.backup.models import BackupBackend
    from moto.backup.responses import BackupResponse

    answer(
        BackupResponse,
        create_backup_selection=_create,
        delete_backup_selection=_delete,
        get_backup_selection=_get,
        list_backup_selections=_list,
        # Nothing is ever backed up here.
        list_recovery_points_by_backup_vault=lambda self: json.dumps({"RecoveryPoints": []}),
        update_backup_plan=_update_plan,
    )
    route(urls, "/backup-vaults/(?P<name>[^/]+)/recovery-points/$", to=BackupResponse)
    create, delete = BackupBackend.create_backup_plan, BackupBackend.delete_backup_plan

    def create_backup_plan(self: Any, backup_plan: dict[str, Any], **rest: Any) -> Any:
        for plan in self.plans.values():
            # moto would refuse the name of a plan that is gone.
            if (
                plan.deletion_date
                and plan.backup_plan["BackupPlanName"] == (backup_plan["BackupPlanName"])
            ):
                plan.backup_plan = {**plan.backup_plan, "BackupPlanName": "(deleted)"}
        return create(self, backup_plan=backup_plan, **rest)

    def delete_backup_plan(self: Any, backup_plan_id: str) -> Any:
        if _selections(self, backup_plan_id):
            raise refusal("InvalidRequestException", "The plan's selections must be deleted first")
        return delete(self, backup_plan_id)

    answer(
        BackupBackend, create_backup_plan=create_backup_plan, delete_backup_plan=delete_backup_plan
    )


def _selections(backend: Any, plan_id: str) -> dict[str, dict[str, Any]]:
    plans: dict[str, dict[str, dict[str, Any]]] = backend.__dict__.setdefault("selections", {})
    return plans.setdefault(plan_id, {})


def _plan(response: Any) -> Any:
    """The plan that the path names. Raises AWS's error where it is not there any more."""
    plan_id = response.path.split("/plans/")[1].split("/")[0]
    plan = response.backup_backend.plans.get(plan_id)
    if plan is None or plan.deletion_date:
        raise refusal("ResourceNotFoundException", f"There is no backup plan {plan_id}")
    return plan


def _create(self: Any) -> str:
    from moto.core.utils import unix_time
    from moto.moto_api._internal import mock_random

    plan_id, selection = _plan(self).backup_plan_id, json.loads(self.body)["BackupSelection"]
    kept = _selections(self.backup_backend, plan_id)
    if any(
        selection["SelectionName"] == one["BackupSelection"]["SelectionName"]
        for one in kept.values()
    ):
        raise refusal("AlreadyExistsException", f"{selection['SelectionName']} exists already")
    selection_id = str(mock_random.uuid4())
    told = {"SelectionId": selection_id, "BackupPlanId": plan_id, "CreationDate": unix_time()}
    kept[selection_id] = {**told, "BackupSelection": selection}
    return json.dumps(told)


def _named(response: Any) -> tuple[dict[str, dict[str, Any]], str]:
    kept = _selections(response.backup_backend, _plan(response).backup_plan_id)
    selection_id = response.path.rstrip("/").rpartition("/")[2]
    if selection_id not in kept:
        raise refusal("ResourceNotFoundException", f"There is no selection {selection_id}")
    return kept, selection_id


def _get(self: Any) -> str:
    kept, selection_id = _named(self)
    return json.dumps(kept[selection_id])


def _delete(self: Any) -> str:
    kept, selection_id = _named(self)
    del kept[selection_id]
    return "{}"


def _list(self: Any) -> str:
    kept = _selections(self.backup_backend, _plan(self).backup_plan_id)
    listed = [
        {
            "SelectionId": one["SelectionId"],
            "SelectionName": one["BackupSelection"]["SelectionName"],
            "BackupPlanId": one["BackupPlanId"],
            "CreationDate": one["CreationDate"],
            "IamRoleArn": one["BackupSelection"]["IamRoleArn"],
        }
        for one in kept.values()
    ]
    return json.dumps({"BackupSelectionsList": listed})


def _update_plan(self: Any) -> str:
    """A plan made anew from the body, in the old one's place."""
    from moto.backup.models import Plan

    plan = _plan(self)
    changed = Plan(
        json.loads(self.body)["BackupPlan"], plan.creator_request_id, self.backup_backend
    )
    plan.backup_plan, plan.version_id = changed.backup_plan, changed.version_id
    plan.advanced_backup_settings = changed.advanced_backup_settings
    return json.dumps(plan.to_dict())
