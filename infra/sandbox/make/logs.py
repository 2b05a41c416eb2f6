"""CloudWatch Logs: log groups."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags

_OPTIONAL = ("deletionProtectionEnabled", "kmsKeyId", "logGroupClass", "tags")


def _create(aws: Aws, props: Props) -> str:
    name = str(props["name"])
    optional = {key: props[key] for key in _OPTIONAL if props.get(key)}
    aws.client("logs").create_log_group(logGroupName=name, **optional)
    _retain(aws, name, 0, props["retentionInDays"])
    return name


def _retain(aws: Aws, name: str, old: int, new: int) -> None:
    logs = aws.client("logs")
    if new and new != old:
        logs.put_retention_policy(logGroupName=name, retentionInDays=new)
    elif old and not new:
        logs.delete_retention_policy(logGroupName=name)


def _encrypt(aws: Aws, name: str, old: str, new: str) -> None:
    logs = aws.client("logs")
    if new and new != old:
        logs.associate_kms_key(logGroupName=name, kmsKeyId=new)
    elif old and not new:
        logs.disassociate_kms_key(logGroupName=name)


def _update(aws: Aws, name: str, old: Props, new: Props) -> None:
    logs = aws.client("logs")
    _retain(aws, name, old.get("retentionInDays", 0), new["retentionInDays"])
    _encrypt(aws, name, old.get("kmsKeyId", ""), new.get("kmsKeyId", ""))
    protected = new.get("deletionProtectionEnabled", False)
    if protected != old.get("deletionProtectionEnabled", False):
        logs.put_log_group_deletion_protection(
            logGroupIdentifier=name, deletionProtectionEnabled=protected
        )
    put, gone = changed_tags(old, new)
    if put:
        logs.tag_log_group(logGroupName=name, tags=put)
    if gone:
        logs.untag_log_group(logGroupName=name, tags=gone)


def _delete(aws: Aws, name: str, state: Props) -> None:
    if not state.get("skipDestroy"):
        aws.client("logs").delete_log_group(logGroupName=name)


MAKERS = {"aws:cloudwatch/logGroup:LogGroup": Maker(_create, _update, _delete)}
