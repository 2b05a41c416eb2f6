"""CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, tags


def _list_groups(aws: Aws) -> Iterable[Raw]:
    for group in aws.pages("logs", "describe_log_groups", "logGroups"):
        yield _tagged(aws, group)


def _read_group(aws: Aws, name: str, _state: Props) -> Raw | None:
    # AWS knows no "not found" here: it lists by prefix, and the exact name is the first of it.
    page = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    found = next((group for group in page if group["logGroupName"] == name), None)
    return found and _tagged(aws, found)


def _tagged(aws: Aws, group: Raw) -> Raw:
    arn = _arn(group)
    return {**group, "tags": aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]}


def _arn(raw: Raw) -> str:
    """Without the `:*` that stands for its streams: tags and policies name it so."""
    return str(raw["arn"]).removesuffix(":*")


def _group(raw: Raw) -> Props:
    return {
        "arn": _arn(raw),
        "deletionProtectionEnabled": raw.get("deletionProtectionEnabled", False),
        "kmsKeyId": raw.get("kmsKeyId", ""),
        "logGroupClass": raw.get("logGroupClass", "STANDARD"),
        "name": raw["logGroupName"],
        "retentionInDays": raw.get("retentionInDays", 0),
        "tags": tags(raw["tags"]),
    }


TYPES = (
    AwsType(
        token="aws:cloudwatch/logGroup:LogGroup",
        service="logs",
        cloudformation="AWS::Logs::LogGroup",
        list=_list_groups,
        read=_read_group,
        identify=lambda raw: str(raw["logGroupName"]),
        normalise=_group,
        key=("name",),
        replace=frozenset({"logGroupClass", "name", "namePrefix"}),
        replace_source={"logGroupClass": "Terraform: the API has no call that changes it"},
        defaults={"retentionInDays": 0, "skipDestroy": False},
        computed=frozenset({"deletionProtectionEnabled", "logGroupClass"}),
        write_only=frozenset({"skipDestroy"}),
        stateful=True,
    ),
)
