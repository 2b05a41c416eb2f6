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


def test_a_bucket_for_tls_only_takes_the_sandbox_s_calls_and_refuses_what_else_it_denies(
    session: Session,
) -> None:
    s3 = session.aws.client("s3")
    name = "tls-only-records"
    where = {"LocationConstraint": session.aws.region}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*"}
    tls = {**deny, "Resource": f"arn:aws:s3:::{name}/*"}
    tls["Condition"] = {"Bool": {"aws:SecureTransport": "false"}}
    closed = {**deny, "Resource": f"arn:aws:s3:::{name}/closed/*"}
    for statements in ([tls], [tls, closed]):
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket=name, Policy=policy)
        s3.put_object(Bucket=name, Key="open/a", Body=b"x")
        assert s3.get_object(Bucket=name, Key="open/a")["Body"].read() == b"x"
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=name, Key="closed/a", Body=b"x")
    s3.delete_object(Bucket=name, Key="open/a")
    s3.delete_bucket(Bucket=name)
