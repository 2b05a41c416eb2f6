"""EventBridge Scheduler: schedules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from infra.aws.model import Aws, AwsType, Props, Raw, one
from infra.aws.shape import camel

NAMES = {"EventBridgeParameters": "eventbridgeParameters"}


def _list_schedules(aws: Aws) -> Iterator[Raw]:
    items = aws.pages("scheduler", "list_schedules", "Schedules")
    names = [f"{item['GroupName']}/{item['Name']}" for item in items]
    return aws.each(lambda name: _read_schedule(aws, name, {}), names)


def _read_schedule(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    group, _, name = resource_id.partition("/")
    found: Raw | None = one(
        lambda: aws.client("scheduler").get_schedule(GroupName=group, Name=name),
        "ResourceNotFoundException",
    )
    return found


def _date(value: datetime | None) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def _schedule(raw: Raw) -> Props:
    return {
        "actionAfterCompletion": raw.get("ActionAfterCompletion", ""),
        "arn": raw["Arn"],
        "description": raw.get("Description", ""),
        "endDate": _date(raw.get("EndDate")),
        "flexibleTimeWindow": camel(raw["FlexibleTimeWindow"]),
        "groupName": raw["GroupName"],
        "kmsKeyArn": raw.get("KmsKeyArn", ""),
        "name": raw["Name"],
        "scheduleExpression": raw["ScheduleExpression"],
        "scheduleExpressionTimezone": raw.get("ScheduleExpressionTimezone", ""),
        "startDate": _date(raw.get("StartDate")),
        "state": raw["State"],
        "target": camel(raw["Target"], NAMES),
    }


TYPES = (
    AwsType(
        token="aws:scheduler/schedule:Schedule",
        service="scheduler",
        cloudformation="AWS::Scheduler::Schedule",
        list=_list_schedules,
        read=_read_schedule,
        identify=lambda raw: f"{raw['GroupName']}/{raw['Name']}",
        normalise=_schedule,
        key=("groupName", "name"),
        replace=frozenset({"groupName", "name", "namePrefix"}),
        replace_source={"groupName": "Terraform's documentation; the API cannot move a schedule"},
        defaults={
            "groupName": "default",
            "scheduleExpressionTimezone": "UTC",
            "state": "ENABLED",
        },
        computed=frozenset({"actionAfterCompletion", "target.retryPolicy"}),
        documents=frozenset({"target.input"}),
    ),
)
