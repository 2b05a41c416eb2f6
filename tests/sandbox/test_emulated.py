"""What is said of the operations that wasl adds to the emulated AWS."""

from __future__ import annotations

import json

import botocore.session

from infra.sandbox.coverage import emulated_operations
from infra.sandbox.provider.session import Session


def test_each_emulated_operation_is_one_of_aws() -> None:
    session = botocore.session.get_session()
    pairs = [name.partition(":") for name in sorted(emulated_operations())]
    unknown = [
        f"{service}:{name}"
        for service, _, name in pairs
        if name not in session.get_service_model(service).operation_names
    ]
    assert unknown == []


def test_a_queue_keeps_its_policy_when_something_else_is_set(session: Session) -> None:
    sqs = session.aws.client("sqs")
    url = sqs.create_queue(QueueName="kept")["QueueUrl"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert json.loads(found["Policy"])["Statement"] == [statement]
    assert found["VisibilityTimeout"] == "5"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "Policy" not in found
    sqs.delete_queue(QueueUrl=url)
