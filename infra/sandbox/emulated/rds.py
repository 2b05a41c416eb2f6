"""RDS: taking a parameter back, and what moto drops: members of a database, a changed group."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = (
    "rds:CreateDBInstance",
    "rds:ModifyDBInstance",
    "rds:ModifyDBSubnetGroup",
    "rds:ResetDBParameterGroup",
)

_KEPT = {
    "database_insights_mode": "database_insights_mode",
    "dedicated_log_volume": "dedicated_log_volume",
    "enable_performance_insights": "performance_insights_enabled",
    "engine_lifecycle_support": "engine_lifecycle_support",
    "network_type": "network_type",
    "performance_insights_kms_key_id": "performance_insights_kms_key_id",
    "performance_insights_retention_period": "performance_insights_retention_period",
}
"""What the calls take, and the name under which the description looks for it."""


def install() -> None:
    """Put all of it into moto."""
    from moto.moto_api._internal import mock_random
    from moto.rds import models
    from moto.rds.models import DBInstance, RDSBackend
    from moto.rds.responses import RDSResponse

    # The name of the master user's secret must be the same when the recording is replayed.
    models.__dict__["uuid"] = mock_random
    create, update = DBInstance.__init__, DBInstance.update

    def kept_create(self: Any, *arguments: Any, **more: Any) -> None:
        create(self, *arguments, **more)
        _keep(self, more)

    def kept_update(self: Any, **more: Any) -> None:
        update(self, **more)
        _keep(self, more)

    DBInstance.__init__ = kept_create  # type: ignore[method-assign]
    DBInstance.update = kept_update  # type: ignore[assignment,method-assign]
    modify = RDSBackend.modify_db_subnet_group

    def kept_group(self: Any, subnet_name: str, *arguments: Any, **more: Any) -> Any:
        # moto takes the group out to change it and forgets to put it back.
        group = modify(self, subnet_name, *arguments, **more)
        self.subnet_groups[subnet_name] = group
        return group

    RDSBackend.modify_db_subnet_group = kept_group  # type: ignore[method-assign]
    answer(RDSResponse, reset_db_parameter_group=_reset)


def _keep(instance: Any, said: dict[str, Any]) -> None:
    for theirs, ours in _KEPT.items():
        if theirs in said:
            setattr(instance, ours, said[theirs])


def _reset(self: Any) -> Any:
    from moto.core.responses import ActionResult

    name = self.params.get("DBParameterGroupName")
    # To change nothing is how moto looks a group up and refuses an unknown one.
    group = self.backend.modify_db_parameter_group(name, [])
    if self.params.get("ResetAllParameters"):
        group.parameters.clear()
    for parameter in self.params.get("Parameters", []):
        group.parameters.pop(parameter.original_dict()["ParameterName"], None)
    return ActionResult({"DBParameterGroupName": group.name})
