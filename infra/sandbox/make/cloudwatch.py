"""CloudWatch alarms, and EventBridge's rules and targets, which Pulumi counts among them."""

from __future__ import annotations

from typing import Any

from infra.aws.cloudwatch import (
    ALARM,
    ALARM_NAMES,
    TARGET,
    TARGET_NAMES,
    TYPES,
    on_bus,
    split_target,
)
from infra.aws.model import Aws, Props, lower_camel
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

_READ = {kind.name: kind.read for kind in TYPES}
_UNKNOWN_OF_ALARMS = (
    "evaluationCriteria",
    "evaluationInterval",
    "evaluationWindow",
    "warmUpConfiguration",
)
_UNKNOWN_OF_TARGETS = (
    "appsyncTarget",
    "batchTarget",
    "ecsTarget",
    "httpTarget",
    "kinesisTarget",
    "redshiftTarget",
    "runCommandTargets",
    "sagemakerPipelineTarget",
)


def _checked(aws: Aws, name: str, resource_id: str, props: Props, unknown: tuple[str, ...]) -> None:
    """Refuse what the stand-in does not know, and to overwrite: every put here is an upsert."""
    for key in unknown:
        if props.get(key):
            raise RuntimeError(f"{key}: the stand-in does not know it")
    if _READ[name](aws, resource_id, {}) is not None:
        raise RuntimeError(f"{resource_id} exists already: import it")


def _retag(aws: Aws, service: str, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        aws.client(service).tag_resource(ResourceARN=arn, Tags=pairs({"tags": put}))
    if gone:
        aws.client(service).untag_resource(ResourceARN=arn, TagKeys=gone)


def _dimensions(props: Props) -> list[dict[str, str]]:
    return [{"Name": key, "Value": text} for key, text in (props.get("dimensions") or {}).items()]


def _alarm(props: Props) -> Props:
    ours = {
        theirs: ALARM_NAMES.get(theirs, lower_camel(theirs)) for theirs in (*ALARM, "OKActions")
    }
    plain = {theirs: props[key] for theirs, key in ours.items() if props.get(key) is not None}
    queries = [_query(query) for query in props.get("metricQueries") or ()]
    return {
        "AlarmName": props["name"],
        **plain,
        **({"Dimensions": _dimensions(props)} if props.get("dimensions") else {}),
        **({"Metrics": queries} if queries else {}),
    }


def _query(query: Props) -> Props:
    result: Props = pascal({key: value for key, value in query.items() if key != "metric"})
    if metric := query.get("metric"):
        names = {"MetricName": metric["metricName"], "Namespace": metric.get("namespace")}
        result["MetricStat"] = {
            "Metric": {
                **{key: value for key, value in names.items() if value},
                "Dimensions": _dimensions(metric),
            },
            "Period": metric["period"],
            "Stat": metric["stat"],
            **({"Unit": metric["unit"]} if metric.get("unit") else {}),
        }
    return result


def _create_alarm(aws: Aws, props: Props) -> str:
    name = str(props["name"])
    _checked(aws, "MetricAlarm", name, props, _UNKNOWN_OF_ALARMS)
    aws.client("cloudwatch").put_metric_alarm(**_alarm(props), Tags=pairs(props))
    return name


def _update_alarm(aws: Aws, name: str, old: Props, new: Props) -> None:
    client = aws.client("cloudwatch")
    client.put_metric_alarm(**_alarm(new))
    alarms = client.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])
    _retag(aws, "cloudwatch", alarms["MetricAlarms"][0]["AlarmArn"], old, new)


def _rule(props: Props) -> Props:
    names = ("Description", "EventPattern", "RoleArn", "ScheduleExpression")
    named = {theirs: props.get(lower_camel(theirs)) for theirs in names}
    return {
        "Name": props["name"],
        "EventBusName": props["eventBusName"],
        "State": props["state"],
        **{theirs: value for theirs, value in named.items() if value},
    }


def _create_rule(aws: Aws, props: Props) -> str:
    resource_id = on_bus(props["eventBusName"], props["name"])
    _checked(aws, "EventRule", resource_id, props, ("isEnabled",))
    aws.client("events").put_rule(**_rule(props), Tags=pairs(props))
    return resource_id


def _update_rule(aws: Aws, _id: str, old: Props, new: Props) -> None:
    put = aws.client("events").put_rule(**_rule(new))
    _retag(aws, "events", put["RuleArn"], old, new)


def _delete_rule(aws: Aws, _id: str, state: Props) -> None:
    client, bus = aws.client("events"), state["eventBusName"]
    if state.get("forceDestroy"):
        targets = aws.pages(
            "events", "list_targets_by_rule", "Targets", Rule=state["name"], EventBusName=bus
        )
        if targets:
            _remove(aws, bus, state["name"], *(target["Id"] for target in targets))
    client.delete_rule(Name=state["name"], EventBusName=bus)


def _create_target(aws: Aws, props: Props) -> str:
    if not props.get("targetId"):
        raise RuntimeError("targetId must be given: the stand-in makes up no names")
    resource_id = on_bus(props["eventBusName"], f"{props['rule']}/{props['targetId']}")
    _checked(aws, "EventTarget", resource_id, props, _UNKNOWN_OF_TARGETS)
    _put_target(aws, resource_id, {}, props)
    return resource_id


def _put_target(aws: Aws, _id: str, _old: Props, new: Props) -> None:
    ours = {theirs: TARGET_NAMES.get(theirs, lower_camel(theirs)) for theirs in TARGET}
    target = {
        theirs: pascal(new[key], TARGET_NAMES) for theirs, key in ours.items() if new.get(key)
    }
    answer = aws.client("events").put_targets(
        Rule=new["rule"],
        EventBusName=new["eventBusName"],
        Targets=[{"Id": new["targetId"], **target}],
    )
    _all_done(answer)


def _remove(aws: Aws, bus: str, rule: str, *targets: str) -> None:
    answer = aws.client("events").remove_targets(Rule=rule, EventBusName=bus, Ids=list(targets))
    _all_done(answer)


def _all_done(answer: dict[str, Any]) -> None:
    """These calls answer 200 with the failures inside."""
    for entry in answer.get("FailedEntries") or ():
        raise RuntimeError(f"{entry.get('TargetId')}: {entry.get('ErrorMessage')}")


def _delete_target(aws: Aws, resource_id: str, _state: Props) -> None:
    _remove(aws, *split_target(resource_id))


MAKERS = {
    "aws:cloudwatch/eventRule:EventRule": Maker(_create_rule, _update_rule, _delete_rule),
    "aws:cloudwatch/eventTarget:EventTarget": Maker(_create_target, _put_target, _delete_target),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Maker(
        _create_alarm,
        _update_alarm,
        lambda aws, name, _: aws.client("cloudwatch").delete_alarms(AlarmNames=[name]),
    ),
}
