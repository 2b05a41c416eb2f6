"""SNS: topics and subscriptions."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props, lower_camel
from infra.aws.sns import FLAGS, NUMBERS, SUBSCRIPTION, TEXTS
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs

_UNSUPPORTED = ("archivePolicy", "maximumMessageSize")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(props: Props) -> dict[str, str]:
    """A topic's attributes; a standard topic refuses the very mention of FIFO's."""
    named = {**TEXTS, **NUMBERS, **FLAGS}
    return {
        theirs: _text(props[ours])
        for theirs, ours in named.items()
        if props.get(ours) not in (None, "", False)
    }


def _create_topic(aws: Aws, props: Props) -> str:
    for name in _UNSUPPORTED:
        if props.get(name):
            raise RuntimeError(f"{name}: the stand-in does not know it")
    # The API answers with an existing topic's ARN and changes it.
    for topic in aws.pages("sns", "list_topics", "Topics"):
        if topic["TopicArn"].rsplit(":", 1)[1] == props["name"]:
            raise RuntimeError(f"{topic['TopicArn']} exists already: import it")
    created = aws.client("sns").create_topic(
        Name=props["name"], Attributes=_attributes(props), Tags=pairs(props)
    )
    return str(created["TopicArn"])


def _update_topic(aws: Aws, arn: str, old: Props, new: Props) -> None:
    client, before, after = aws.client("sns"), _attributes(old), _attributes(new)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            value = after.get(name, "false" if name in FLAGS else "")
            client.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    put, gone = changed_tags(old, new)
    if put:
        client.tag_resource(ResourceArn=arn, Tags=pairs({"tags": put}))
    if gone:
        client.untag_resource(ResourceArn=arn, TagKeys=gone)


def _settings(props: Props) -> dict[str, str]:
    named = {theirs: props.get(lower_camel(theirs)) for theirs in SUBSCRIPTION}
    return {theirs: _text(value) for theirs, value in named.items() if value not in (None, "")}


def _subscribe(aws: Aws, props: Props) -> str:
    topic, protocol, endpoint = props["topic"], props["protocol"], props["endpoint"]
    # The API answers with an existing subscription's ARN.
    listed = aws.pages("sns", "list_subscriptions_by_topic", "Subscriptions", TopicArn=topic)
    if any((item["Protocol"], item["Endpoint"]) == (protocol, endpoint) for item in listed):
        raise RuntimeError(f"{endpoint} is subscribed to {topic} already: import it")
    created = aws.client("sns").subscribe(
        TopicArn=topic,
        Protocol=protocol,
        Endpoint=endpoint,
        Attributes=_settings(props),
        ReturnSubscriptionArn=True,
    )
    return str(created["SubscriptionArn"])


def _update_subscription(aws: Aws, arn: str, old: Props, new: Props) -> None:
    before, after = _settings(old), _settings(new)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            aws.client("sns").set_subscription_attributes(
                SubscriptionArn=arn, AttributeName=name, AttributeValue=after.get(name, "")
            )


MAKERS = {
    "aws:sns/topic:Topic": Maker(
        _create_topic,
        _update_topic,
        lambda aws, arn, _: aws.client("sns").delete_topic(TopicArn=arn),
    ),
    "aws:sns/topicSubscription:TopicSubscription": Maker(
        _subscribe,
        _update_subscription,
        lambda aws, arn, _: aws.client("sns").unsubscribe(SubscriptionArn=arn),
    ),
}
