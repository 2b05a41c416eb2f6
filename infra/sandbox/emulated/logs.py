"""CloudWatch Logs: encryption changed later, deletion protection and the class of a log group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = (
    "logs:AssociateKmsKey",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DescribeLogGroups",
    "logs:DisassociateKmsKey",
    "logs:PutLogGroupDeletionProtection",
)

_EXTRA = ("logGroupClass", "deletionProtectionEnabled")


def install() -> None:
    """Add the operations to moto, and to its own the fields that they are about."""
    from moto.logs.models import LogGroup
    from moto.logs.responses import LogsResponse

    answer(
        LogsResponse,
        associate_kms_key=lambda self: _set(self, kms_key_id=self._get_param("kmsKeyId")),
        disassociate_kms_key=lambda self: _set(self, kms_key_id=None),
        put_log_group_deletion_protection=_protect,
        create_log_group=_created(LogsResponse.create_log_group),
        delete_log_group=_deleted(LogsResponse.delete_log_group),
    )
    plain = LogGroup.to_describe_dict

    def described(group: Any) -> dict[str, Any]:
        return {**plain(group), **getattr(group, "wasl_extra", {})}

    LogGroup.to_describe_dict = described  # type: ignore[assignment, method-assign]


def _group(response: Any) -> Any:
    from moto.logs.exceptions import ResourceNotFoundException

    names = ("logGroupName", "resourceIdentifier", "logGroupIdentifier")
    given = next(filter(None, map(response._get_param, names)), "")
    name = given.removesuffix(":*").split(":log-group:")[-1]
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise ResourceNotFoundException()
    return group


def _set(response: Any, **fields: Any) -> str:
    group = _group(response)
    for name, value in fields.items():
        setattr(group, name, value)
    return ""


def _protect(response: Any) -> str:
    group, on = _group(response), response._get_param("deletionProtectionEnabled")
    group.wasl_extra = {**getattr(group, "wasl_extra", {}), "deletionProtectionEnabled": on}
    return ""


def _created(plain: Callable[[Any], str]) -> Callable[[Any], str]:
    def created(response: Any) -> str:
        answered = plain(response)
        given = {name: response._get_param(name) for name in _EXTRA}
        extra = {name: value for name, value in given.items() if value is not None}
        _group(response).wasl_extra = extra
        return answered

    return created


def _deleted(plain: Callable[[Any], str]) -> Callable[[Any], str]:
    from moto.logs.exceptions import LogsClientError

    def deleted(response: Any) -> str:
        if getattr(_group(response), "wasl_extra", {}).get("deletionProtectionEnabled"):
            raise LogsClientError("ValidationException", "Deletion protection is enabled")
        return plain(response)

    return deleted
