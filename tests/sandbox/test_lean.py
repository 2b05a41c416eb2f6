"""The emulated AWS as wasl runs it, beside moto as it is: the same answers, to the byte."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.aws.model import Aws, Credentials
from infra.sandbox.account import SANDBOX_KEY
from tests.emulated import emulated_aws

PLAIN = """
from infra.sandbox import lean, server
lean.lean = lambda: None
server.main()
"""
# When something was made or asked, and the port that a bucket's address names.
TIMES = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]00:00)?|\b1\d{9}(\d{3})?(\.\d+)?\b"
    rb"|127\.0\.0\.1:\d+"
)
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}'
)


def _answers(url: str) -> list[tuple[str, int, bytes, str]]:
    """What is answered to calls of each of AWS's protocols: body and the call's number."""
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    aws = Aws("eu-south-1", keys, url, read_only=False)
    heard: list[tuple[str, int, bytes, str]] = []

    def asked(service: str, operation: str, **arguments: Any) -> Any:
        client = aws.client(service)
        told: list[Any] = []
        client.meta.events.register(
            "before-parse", lambda response_dict, **_: told.append(response_dict), "told"
        )
        try:
            return getattr(client, operation)(**arguments)
        except client.exceptions.ClientError as error:
            return error.response
        finally:
            client.meta.events.unregister("before-parse", unique_id="told")
            (given,) = told
            number = given["headers"].get("x-amzn-requestid", "")
            body = TIMES.sub(b"(time)", given["body"])
            heard.append((operation, given["status_code"], body, number))

    here = {"LocationConstraint": aws.region}
    asked("s3", "create_bucket", Bucket="a-lean-bucket", CreateBucketConfiguration=here)
    asked("sts", "get_caller_identity")
    asked("s3", "put_object", Bucket="a-lean-bucket", Key="a b/c", Body=b"x" * 10)
    for name in ("policy", "encryption", "versioning", "tagging", "acl", "location"):
        asked("s3", f"get_bucket_{name}", Bucket="a-lean-bucket")
    asked("s3", "list_objects_v2", Bucket="a-lean-bucket")
    asked("s3", "get_object", Bucket="a-lean-bucket", Key="none")
    vpc = asked("ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    asked("ec2", "create_tags", Resources=[vpc], Tags=[{"Key": "Name", "Value": "<&>"}])
    asked("ec2", "create_security_group", GroupName="g", Description="d", VpcId=vpc)
    for name in ("vpcs", "subnets", "security_groups", "route_tables", "network_acls"):
        asked("ec2", f"describe_{name}")
    asked("ec2", "describe_vpcs", VpcIds=["vpc-00000000"])
    asked("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST, Path="/p/")
    asked("iam", "list_roles")
    asked("iam", "get_role", RoleName="none")
    asked("iam", "list_policies", Scope="AWS", MaxItems=3)
    queue = asked("sqs", "create_queue", QueueName="q")["QueueUrl"]
    asked("sqs", "get_queue_attributes", QueueUrl=queue, AttributeNames=["All"])
    asked("sns", "create_topic", Name="t")
    asked("sns", "list_topics")
    asked("kms", "create_key", Description="k")
    asked("kms", "list_keys")
    asked("rds", "describe_db_instances")
    asked("rds", "create_db_parameter_group", DBParameterGroupName="p",
          DBParameterGroupFamily="postgres16", Description="d")  # fmt: skip
    asked("rds", "describe_db_parameter_groups")
    asked("elasticache", "describe_replication_groups")
    asked("elbv2", "describe_load_balancers")
    asked("route53", "list_hosted_zones")
    asked("cloudfront", "list_distributions")
    asked("ecs", "create_cluster", clusterName="c", tags=[{"key": "a", "value": "b"}])
    asked("ecs", "describe_clusters", clusters=["c"], include=["TAGS"])
    asked("logs", "create_log_group", logGroupName="/l")
    asked("logs", "describe_log_groups")
    asked("backup", "list_backup_plans")
    asked("cognito-idp", "create_user_pool", PoolName="u")
    asked("cognito-idp", "list_user_pools", MaxResults=5)
    asked("ssm", "put_parameter", Name="/a", Value="b", Type="String")
    asked("ssm", "describe_parameters")
    asked("scheduler", "list_schedules")
    asked("resourcegroupstaggingapi", "get_resources")
    return heard


@pytest.mark.slow
def test_the_same_answers_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "lean").mkdir()
    with emulated_aws(tmp_path / "plain", program=("-c", PLAIN)) as url:
        plain = _answers(url)
    with emulated_aws(tmp_path / "lean") as url:
        lean = _answers(url)
    assert lean == plain
    assert len({number for *_, number in lean if number}) > 20
