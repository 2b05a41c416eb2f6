"""SNS: topics and who listens to them."""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, one, tags

_GONE = ("NotFound", "NotFoundException")

_FEEDBACK = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
TEXTS = {
    "DeliveryPolicy": "deliveryPolicy",
    "DisplayName": "displayName",
    "FifoThroughputScope": "fifoThroughputScope",
    "KmsMasterKeyId": "kmsMasterKeyId",
    "Policy": "policy",
    "TracingConfig": "tracingConfig",
    **{
        f"{service}{what}FeedbackRoleArn": f"{service.lower()}{what}FeedbackRoleArn"
        for service in _FEEDBACK
        for what in ("Success", "Failure")
    },
}
NUMBERS = {
    "SignatureVersion": "signatureVersion",
    **{
        f"{service}SuccessFeedbackSampleRate": f"{service.lower()}SuccessFeedbackSampleRate"
        for service in _FEEDBACK
    },
}
FLAGS = {
    "ContentBasedDeduplication": "contentBasedDeduplication",
    "FifoTopic": "fifoTopic",
}
SUBSCRIPTION = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


def _list_topics(aws: Aws) -> Iterator[Raw]:
    topics = aws.pages("sns", "list_topics", "Topics")
    return aws.each(lambda topic: _read_topic(aws, topic["TopicArn"], {}), topics)


def _read_topic(aws: Aws, arn: str, _state: Props) -> Raw | None:
    client = aws.client("sns")
    found = one(lambda: client.get_topic_attributes(TopicArn=arn), *_GONE, key="Attributes")
    return found and {**found, "tags": client.list_tags_for_resource(ResourceArn=arn)["Tags"]}


def _topic(raw: Raw) -> Props:
    return {
        "arn": raw["TopicArn"],
        "name": raw["TopicArn"].rsplit(":", 1)[1],
        "owner": raw["Owner"],
        "tags": tags(raw["tags"]),
        **{ours: raw[theirs] for theirs, ours in TEXTS.items() if raw.get(theirs)},
        **{ours: int(raw[theirs]) for theirs, ours in NUMBERS.items() if raw.get(theirs)},
        **{ours: raw[theirs] == "true" for theirs, ours in FLAGS.items() if theirs in raw},
    }


def _list_subscriptions(aws: Aws) -> Iterator[Raw]:
    listed = aws.pages("sns", "list_subscriptions", "Subscriptions")
    # One that nobody confirmed yet has no ARN in any list.
    arns = [arn for item in listed if (arn := item["SubscriptionArn"]).startswith("arn:")]
    return aws.each(lambda arn: _read_subscription(aws, arn, {}), arns)


def _read_subscription(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found: Raw | None = one(
        lambda: aws.client("sns").get_subscription_attributes(SubscriptionArn=arn),
        *_GONE,
        key="Attributes",
    )
    return found


def _subscription(raw: Raw) -> Props:
    return {
        "arn": raw["SubscriptionArn"],
        "endpoint": raw["Endpoint"],
        "ownerId": raw["Owner"],
        "pendingConfirmation": raw.get("PendingConfirmation") == "true",
        "protocol": raw["Protocol"],
        "topic": raw["TopicArn"],
        **{lower_camel(name): raw[name] for name in SUBSCRIPTION if raw.get(name)},
        "rawMessageDelivery": raw.get("RawMessageDelivery") == "true",
    }


TYPES = (
    AwsType(
        token="aws:sns/topic:Topic",
        service="sns",
        cloudformation="AWS::SNS::Topic",
        list=_list_topics,
        read=_read_topic,
        identify=lambda raw: str(raw["TopicArn"]),
        normalise=_topic,
        key=("name",),
        replace=frozenset({"fifoTopic", "name", "namePrefix"}),
        defaults={"contentBasedDeduplication": False, "fifoTopic": False},
        computed=frozenset({"fifoThroughputScope", "policy", "signatureVersion", "tracingConfig"}),
        documents=frozenset({"deliveryPolicy", "policy"}),
        watched=frozenset({"policy"}),
        # moto loses all but the first two, which the tenancy never sets.
        write_only=frozenset(
            {
                "archivePolicy",
                "maximumMessageSize",
                "signatureVersion",
                "tracingConfig",
                *(name for name in {**TEXTS, **NUMBERS}.values() if "Feedback" in name),
            }
        ),
    ),
    AwsType(
        token="aws:sns/topicSubscription:TopicSubscription",
        service="sns",
        parent="topic",
        cloudformation="AWS::SNS::Subscription",
        list=_list_subscriptions,
        read=_read_subscription,
        identify=lambda raw: str(raw["SubscriptionArn"]),
        normalise=_subscription,
        key=("topic", "protocol", "endpoint"),
        replace=frozenset({"endpoint", "protocol", "topic"}),
        defaults={
            "confirmationTimeoutInMinutes": 1,
            "endpointAutoConfirms": False,
            "rawMessageDelivery": False,
        },
        computed=frozenset({"filterPolicyScope"}),
        documents=frozenset({"deliveryPolicy", "filterPolicy", "redrivePolicy", "replayPolicy"}),
        write_only=frozenset({"confirmationTimeoutInMinutes", "endpointAutoConfirms"}),
    ),
)
