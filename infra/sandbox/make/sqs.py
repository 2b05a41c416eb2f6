"""SQS: queues and their policies."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.aws.sqs import FLAGS, NUMBERS, TEXTS
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags

_ATTRIBUTES = {**NUMBERS, **TEXTS, **FLAGS}


def _attributes(props: Props) -> dict[str, str]:
    return {
        theirs: str(props[ours]).lower() if isinstance(props[ours], bool) else str(props[ours])
        for theirs, ours in _ATTRIBUTES.items()
        if props.get(ours) not in (None, "")
        # A standard queue refuses the very mention of FIFO attributes.
        and not (theirs in FLAGS and theirs != "SqsManagedSseEnabled" and not props[ours])
    }


def _create(aws: Aws, props: Props) -> str:
    created = aws.client("sqs").create_queue(
        QueueName=props["name"], Attributes=_attributes(props), tags=props.get("tags", {})
    )
    return str(created["QueueUrl"])


def _update(aws: Aws, url: str, old: Props, new: Props) -> None:
    sqs = aws.client("sqs")
    attributes = _attributes(new)
    cleared = {theirs: "" for theirs in _attributes(old) if theirs not in attributes}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={**cleared, **attributes})
    put, gone = changed_tags(old, new)
    if put:
        sqs.tag_queue(QueueUrl=url, Tags=put)
    if gone:
        sqs.untag_queue(QueueUrl=url, TagKeys=gone)


def _put_policy(aws: Aws, url: str, policy: str) -> None:
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _create_policy(aws: Aws, props: Props) -> str:
    _put_policy(aws, props["queueUrl"], props["policy"])
    return str(props["queueUrl"])


MAKERS = {
    "aws:sqs/queue:Queue": Maker(
        _create, _update, lambda aws, url, _: aws.client("sqs").delete_queue(QueueUrl=url)
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Maker(
        _create_policy,
        lambda aws, url, _old, new: _put_policy(aws, url, new["policy"]),
        lambda aws, url, _: _put_policy(aws, url, ""),
    ),
}
