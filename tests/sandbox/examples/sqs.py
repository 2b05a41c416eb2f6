"""SQS."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _policy(arn: str, action: str = "sqs:SendMessage") -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": [action], "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _slow(aws: Aws, state: Props) -> None:
    attributes = {"VisibilityTimeout": "99"}
    aws.client("sqs").set_queue_attributes(QueueUrl=state["url"], Attributes=attributes)


def _open(aws: Aws, state: Props) -> None:
    policy = {"Policy": _policy("*", "sqs:*")}
    aws.client("sqs").set_queue_attributes(QueueUrl=state["queueUrl"], Attributes=policy)


EXAMPLES = (
    Example(
        "aws:sqs/queue:Queue",
        lambda _: {"name": "dead", "messageRetentionSeconds": 1209600},
        name="dead",
    ),
    Example(
        "aws:sqs/queue:Queue",
        lambda made: {
            "name": "roster",
            "visibilityTimeoutSeconds": 60,
            "sqsManagedSseEnabled": True,
            "redrivePolicy": json.dumps(
                {"maxReceiveCount": 5, "deadLetterTargetArn": made["dead"]["arn"]}
            ),
            "tags": {"country": "jo"},
        },
        name="roster",
        change={"visibilityTimeoutSeconds": 120, "tags": {"country": "tn"}},
        tamper=_slow,
        tampered="visibilityTimeoutSeconds",
    ),
    Example(
        "aws:sqs/queuePolicy:QueuePolicy",
        lambda made: {
            "queueUrl": made["roster"]["url"],
            "policy": _policy(made["roster"]["arn"]),
        },
        tamper=_open,
        tampered="policy",
    ),
)
