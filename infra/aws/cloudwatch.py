"""CloudWatch alarms, and EventBridge's rules and targets, which Pulumi counts among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, one, tags
from infra.aws.shape import camel

_GONE = ("ResourceNotFoundException",)

_AWS_OWN = "TargetTracking-"

ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)
ALARM_NAMES = {
    "EvaluateLowSampleCountPercentile": "evaluateLowSampleCountPercentiles",
    "OKActions": "okActions",
}
TARGET_NAMES = {"InputPathsMap": "inputPaths", "SqsParameters": "sqsTarget"}
TARGET = (
    "Arn",
    "DeadLetterConfig",
    "Input",
    "InputPath",
    "InputTransformer",
    "RetryPolicy",
    "RoleArn",
    "SqsParameters",
)


def _alarms(aws: Aws, **arguments: object) -> list[Raw]:
    kinds = ["MetricAlarm"]
    return aws.pages("cloudwatch", "describe_alarms", "MetricAlarms", AlarmTypes=kinds, **arguments)


def _alarm_tags(aws: Aws, alarm: Raw) -> Raw:
    told = aws.client("cloudwatch").list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    return {**alarm, "tags": told}


def _list_alarms(aws: Aws) -> Iterable[Raw]:
    # Those by which auto scaling sees its target are its own.
    ours = (alarm for alarm in _alarms(aws) if not alarm["AlarmName"].startswith(_AWS_OWN))
    return aws.each(lambda alarm: _alarm_tags(aws, alarm), ours)


def _read_alarm(aws: Aws, name: str, _state: Props) -> Raw | None:
    found = next(iter(_alarms(aws, AlarmNames=[name])), None)
    return found and _alarm_tags(aws, found)


def _alarm(raw: Raw) -> Props:
    plain = {name: raw[name] for name in (*ALARM, "OKActions") if name in raw}
    return {
        "arn": raw["AlarmArn"],
        "dimensions": {item["Name"]: item["Value"] for item in raw.get("Dimensions") or ()},
        "metricQueries": [_query(item) for item in raw.get("Metrics") or ()],
        "name": raw["AlarmName"],
        "tags": tags(raw["tags"]),
        **camel(plain, ALARM_NAMES),
    }


def _query(raw: Raw) -> Props:
    query: Props = camel({key: value for key, value in raw.items() if key != "MetricStat"})
    if stat := raw.get("MetricStat"):
        metric = stat["Metric"]
        dimensions = {item["Name"]: item["Value"] for item in metric.get("Dimensions") or ()}
        query["metric"] = {
            "dimensions": dimensions,
            "metricName": metric["MetricName"],
            "namespace": metric.get("Namespace", ""),
            "period": stat["Period"],
            "stat": stat["Stat"],
            "unit": stat.get("Unit", ""),
        }
    return query


def _buses(aws: Aws) -> list[str]:
    return [bus["Name"] for bus in aws.pages("events", "list_event_buses", "EventBuses")]


def _rules(aws: Aws) -> Iterator[Raw]:
    for bus in _buses(aws):
        for rule in aws.pages("events", "list_rules", "Rules", EventBusName=bus):
            # A managed rule is the service's that made it.
            if not rule.get("ManagedBy"):
                yield {**rule, "EventBusName": bus}


def _rule_tags(aws: Aws, rule: Raw) -> Raw:
    told = aws.client("events").list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]
    return {**rule, "tags": told}


def _list_rules(aws: Aws) -> Iterable[Raw]:
    return (_rule_tags(aws, rule) for rule in _rules(aws))


def _read_rule(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    bus, _, name = resource_id.rpartition("/")
    rule = one(
        lambda: aws.client("events").describe_rule(Name=name, EventBusName=bus or "default"), *_GONE
    )
    return rule and _rule_tags(aws, {**rule, "EventBusName": bus or "default"})


def on_bus(bus: str, rest: str) -> str:
    """An id as Pulumi writes it: the default bus goes without saying."""
    return rest if bus == "default" else f"{bus}/{rest}"


def _rule(raw: Raw) -> Props:
    return {
        "arn": raw["Arn"],
        "description": raw.get("Description", ""),
        "eventBusName": raw["EventBusName"],
        "eventPattern": raw.get("EventPattern", ""),
        "name": raw["Name"],
        "roleArn": raw.get("RoleArn", ""),
        "scheduleExpression": raw.get("ScheduleExpression", ""),
        "state": raw["State"],
        "tags": tags(raw["tags"]),
    }


def _targets(aws: Aws, bus: str, rule: str) -> list[Raw]:
    targets = one(
        lambda: aws.pages("events", "list_targets_by_rule", "Targets", Rule=rule, EventBusName=bus),
        *_GONE,
    )
    return [{**target, "rule": rule, "bus": bus} for target in targets or ()]


def _list_targets(aws: Aws) -> Iterator[Raw]:
    for rule in _rules(aws):
        yield from _targets(aws, rule["EventBusName"], rule["Name"])


def split_target(resource_id: str) -> tuple[str, str, str]:
    """Bus, rule and target of an id. A bus's name may hold slashes, the others' cannot."""
    parent, _, target = resource_id.rpartition("/")
    bus, _, rule = parent.rpartition("/")
    return bus or "default", rule, target


def _read_target(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    bus, rule, target = split_target(resource_id)
    return next((item for item in _targets(aws, bus, rule) if item["Id"] == target), None)


def _target(raw: Raw) -> Props:
    return {
        "eventBusName": raw["bus"],
        "rule": raw["rule"],
        "targetId": raw["Id"],
        **{
            TARGET_NAMES.get(name, lower_camel(name)): camel(raw[name], TARGET_NAMES)
            for name in TARGET
            if name in raw
        },
    }


TYPES = (
    AwsType(
        token="aws:cloudwatch/eventRule:EventRule",
        service="events",
        cloudformation="AWS::Events::Rule",
        list=_list_rules,
        read=_read_rule,
        identify=lambda raw: on_bus(raw["EventBusName"], raw["Name"]),
        normalise=_rule,
        key=("name", "eventBusName"),
        replace=frozenset({"eventBusName", "name", "namePrefix"}),
        replace_source={
            "eventBusName": "Terraform's documentation; CloudFormation's is conditional"
        },
        defaults={"eventBusName": "default", "forceDestroy": False, "state": "ENABLED"},
        documents=frozenset({"eventPattern"}),
        # The maker refuses isEnabled: state stands for it.
        write_only=frozenset({"forceDestroy", "isEnabled"}),
    ),
    AwsType(
        token="aws:cloudwatch/eventTarget:EventTarget",
        service="events",
        parent="rule",
        list=_list_targets,
        read=_read_target,
        identify=lambda raw: on_bus(raw["bus"], f"{raw['rule']}/{raw['Id']}"),
        normalise=_target,
        key=("rule", "targetId"),
        replace=frozenset({"eventBusName", "rule", "targetId"}),
        defaults={"eventBusName": "default", "forceDestroy": False},
        computed=frozenset({"retryPolicy"}),
        documents=frozenset({"input"}),
        write_only=frozenset({"forceDestroy"}),
    ),
    AwsType(
        token="aws:cloudwatch/metricAlarm:MetricAlarm",
        service="cloudwatch",
        cloudformation="AWS::CloudWatch::Alarm",
        list=_list_alarms,
        read=_read_alarm,
        identify=lambda raw: str(raw["AlarmName"]),
        normalise=_alarm,
        key=("name",),
        replace=frozenset({"name"}),
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        computed=frozenset({"evaluateLowSampleCountPercentiles", "metricQueries.accountId"}),
        unordered=frozenset(
            {"alarmActions", "insufficientDataActions", "metricQueries", "okActions"}
        ),
    ),
)
