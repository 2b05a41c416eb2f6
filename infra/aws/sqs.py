"""SQS: queues and their policies."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")

NUMBERS = {
    "DelaySeconds": "delaySeconds",
    "KmsDataKeyReusePeriodSeconds": "kmsDataKeyReusePeriodSeconds",
    "MaximumMessageSize": "maxMessageSize",
    "MessageRetentionPeriod": "messageRetentionSeconds",
    "ReceiveMessageWaitTimeSeconds": "receiveWaitTimeSeconds",
    "VisibilityTimeout": "visibilityTimeoutSeconds",
}
TEXTS = {
    "KmsMasterKeyId": "kmsMasterKeyId",
    "Policy": "policy",
    "RedrivePolicy": "redrivePolicy",
    "RedriveAllowPolicy": "redriveAllowPolicy",
    "DeduplicationScope": "deduplicationScope",
    "FifoThroughputLimit": "fifoThroughputLimit",
}
FLAGS = {
    "FifoQueue": "fifoQueue",
    "ContentBasedDeduplication": "contentBasedDeduplication",
    "SqsManagedSseEnabled": "sqsManagedSseEnabled",
}


def _list_queues(aws: Aws) -> Iterable[Raw]:
    urls = aws.pages("sqs", "list_queues", "QueueUrls")
    return aws.each(lambda url: _read_queue(aws, url, {}), urls)


def _read_queue(aws: Aws, url: str, _state: Props) -> Raw | None:
    sqs = aws.client("sqs")
    attributes = one(
        lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]),
        *_GONE,
        key="Attributes",
    )
    if attributes is None:
        return None
    return {**attributes, "url": url, "tags": sqs.list_queue_tags(QueueUrl=url).get("Tags")}


def _queue(raw: Raw) -> Props:
    return {
        "arn": raw["QueueArn"],
        "name": raw["QueueArn"].rsplit(":", 1)[1],
        "url": raw["url"],
        "tags": tags(raw["tags"]),
        **{ours: int(raw[theirs]) for theirs, ours in NUMBERS.items() if theirs in raw},
        **{ours: raw[theirs] for theirs, ours in TEXTS.items() if raw.get(theirs)},
        **{ours: raw[theirs] == "true" for theirs, ours in FLAGS.items() if theirs in raw},
    }


def _policies(aws: Aws) -> Iterable[Raw]:
    return (raw for raw in _list_queues(aws) if raw.get("Policy"))


def _read_policy(aws: Aws, url: str, state: Props) -> Raw | None:
    raw = _read_queue(aws, url, state)
    return raw if raw and raw.get("Policy") else None


TYPES = (
    AwsType(
        token="aws:sqs/queue:Queue",
        service="sqs",
        cloudformation="AWS::SQS::Queue",
        list=_list_queues,
        read=_read_queue,
        identify=lambda raw: str(raw["url"]),
        normalise=_queue,
        key=("name",),
        replace=frozenset({"name", "namePrefix", "fifoQueue"}),
        defaults={
            "contentBasedDeduplication": False,
            "delaySeconds": 0,
            "fifoQueue": False,
            "maxMessageSize": 262144,
            "messageRetentionSeconds": 345600,
            "receiveWaitTimeSeconds": 0,
            "visibilityTimeoutSeconds": 30,
        },
        computed=frozenset(
            {
                "kmsDataKeyReusePeriodSeconds",
                "sqsManagedSseEnabled",
                "policy",
                "redriveAllowPolicy",
                "redrivePolicy",
                "deduplicationScope",
                "fifoThroughputLimit",
            }
        ),
        documents=frozenset({"policy", "redrivePolicy", "redriveAllowPolicy"}),
    ),
    AwsType(
        token="aws:sqs/queuePolicy:QueuePolicy",
        service="sqs",
        parent="queueUrl",
        cloudformation="AWS::SQS::QueuePolicy",
        list=_policies,
        read=_read_policy,
        identify=lambda raw: str(raw["url"]),
        normalise=lambda raw: {"queueUrl": raw["url"], "policy": raw["Policy"]},
        key=("queueUrl",),
        replace=frozenset({"queueUrl"}),
        documents=frozenset({"policy"}),
    ),
)
