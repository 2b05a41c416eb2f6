"""CloudWatch and EventBridge."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _mute(aws: Aws, state: Props) -> None:
    aws.client("cloudwatch").disable_alarm_actions(AlarmNames=[state["name"]])


def _divert(aws: Aws, state: Props) -> None:
    target = {"Id": state["targetId"], "Arn": "arn:aws:sqs:eu-south-1:999999999999:elsewhere"}
    aws.client("events").put_targets(Rule=state["rule"], Targets=[target])


EXAMPLES = (
    Example(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "name": "wasl-jo-roster-late",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 2,
            "metricName": "ApproximateAgeOfOldestMessage",
            "namespace": "AWS/SQS",
            "period": 300,
            "statistic": "Maximum",
            "threshold": 3600,
            "dimensions": {"QueueName": "roster"},
            "alarmActions": ["arn:aws:sns:eu-south-1:111122223333:alerts"],
            "okActions": ["arn:aws:sns:eu-south-1:111122223333:alerts"],
            "treatMissingData": "breaching",
            "tags": {"country": "jo"},
        },
        change={"threshold": 1800.5, "tags": {"country": "jo", "owner": "x"}},
        tamper=_mute,
        tampered="actionsEnabled",
    ),
    Example(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda _: {
            "name": "wasl-jo-errors",
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "threshold": 5,
            "metricQueries": [
                {"id": "rate", "expression": "errors / requests", "returnData": True},
                *(
                    {
                        "id": name,
                        "metric": {
                            "metricName": metric,
                            "namespace": "AWS/ApplicationELB",
                            "period": 60,
                            "stat": "Sum",
                            "dimensions": {"LoadBalancer": "app/wasl-jo"},
                        },
                    }
                    for name, metric in (("errors", "HTTPCode_5XX"), ("requests", "RequestCount"))
                ),
            ],
        },
        name="of several metrics",
        change={"threshold": 10},
    ),
    Example(
        "aws:cloudwatch/eventRule:EventRule",
        lambda _: {
            "name": "wasl-jo-findings",
            "eventPattern": json.dumps({"source": ["aws.guardduty"]}),
            "tags": {"country": "jo"},
        },
        change={"description": "to the operators", "tags": {"country": "jo", "owner": "x"}},
        tamper=lambda aws, state: aws.client("events").disable_rule(Name=state["name"]),
        tampered="state",
    ),
    Example(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda made: {
            "rule": made["EventRule"]["name"],
            "targetId": "alerts",
            "arn": "arn:aws:sqs:eu-south-1:111122223333:alerts",
        },
        change={
            "inputTransformer": {
                "inputPaths": {"kind": "$.detail.type"},
                "inputTemplate": '"A finding: <kind>"',
            }
        },
    ),
    Example(
        "aws:cloudwatch/eventTarget:EventTarget",
        lambda made: {
            "rule": made["EventRule"]["name"],
            "targetId": "audit",
            "arn": "arn:aws:sqs:eu-south-1:111122223333:audit",
        },
        name="audit",
        tamper=_divert,
        tampered="arn",
    ),
)
