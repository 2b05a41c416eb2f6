"""What is said of the operations that wasl adds to the emulated AWS."""

from __future__ import annotations

import json

import botocore.session
import pytest
from botocore.exceptions import ClientError

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


def test_a_condition_on_a_bucket_keeps_nobody_else_out(session: Session) -> None:
    s3 = session.aws.client("s3")
    here = {"LocationConstraint": session.aws.region}
    s3.create_bucket(Bucket="tls-alone-bucket", CreateBucketConfiguration=here)
    plain = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::tls-alone-bucket/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    locked = {**plain, "Resource": "arn:aws:s3:::tls-alone-bucket/locked"}
    del locked["Condition"]
    lent = {
        **plain,
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::999988887777:role/x"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [plain, lent, locked]}
    s3.put_bucket_policy(Bucket="tls-alone-bucket", Policy=json.dumps(policy))
    s3.put_object(Bucket="tls-alone-bucket", Key="open", Body=b"x")
    assert s3.get_object(Bucket="tls-alone-bucket", Key="open")["Body"].read() == b"x"
    with pytest.raises(ClientError, match=r"403|AccessDenied"):
        s3.get_object(Bucket="tls-alone-bucket", Key="locked")
    told = json.loads(s3.get_bucket_policy(Bucket="tls-alone-bucket")["Policy"])
    assert told["Statement"] == policy["Statement"]
    s3.delete_object(Bucket="tls-alone-bucket", Key="open")
    s3.delete_bucket(Bucket="tls-alone-bucket")
