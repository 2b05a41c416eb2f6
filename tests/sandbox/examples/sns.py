"""SNS."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _publishers(principal: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sns:Publish",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _open(aws: Aws, state: Props) -> None:
    aws.client("sns").set_topic_attributes(
        TopicArn=state["arn"], AttributeName="Policy", AttributeValue=_publishers("*")
    )


def _wrap(aws: Aws, state: Props) -> None:
    aws.client("sns").set_subscription_attributes(
        SubscriptionArn=state["arn"], AttributeName="RawMessageDelivery", AttributeValue="false"
    )


EXAMPLES = (
    Example("aws:sqs/queue:Queue", lambda _: {"name": "alerts"}),
    Example(
        "aws:sns/topic:Topic",
        lambda _: {
            "name": "wasl-jo-alerts",
            "kmsMasterKeyId": "alias/aws/sns",
            "policy": _publishers({"Service": "cloudwatch.amazonaws.com"}),
            "tags": {"country": "jo"},
        },
        change={"displayName": "Jordan", "tags": {"country": "jo", "owner": "x"}},
        tamper=_open,
        tampered="policy",
    ),
    Example(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda made: {
            "topic": made["Topic"]["arn"],
            "protocol": "sqs",
            "endpoint": made["Queue"]["arn"],
            "rawMessageDelivery": True,
        },
        change={"filterPolicy": json.dumps({"country": ["jo"]})},
        tamper=_wrap,
        tampered="rawMessageDelivery",
    ),
    Example(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda made: {
            "topic": made["Topic"]["arn"],
            "protocol": "email",
            "endpoint": "ops@example.org",
        },
        name="by mail",
    ),
)
