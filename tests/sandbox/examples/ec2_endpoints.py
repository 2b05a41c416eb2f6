"""EC2: endpoints and flow logs."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made

_ROLE = "arn:aws:iam::111122223333:role/flow-logs"


def _tags(name: str, **more: str) -> Props:
    return {"wasl:urn": f"test/{name}", **more}


def _policy(resource: str) -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["s3:*"], "Resource": [resource]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _gateway(made: Made) -> Props:
    return {
        "vpcId": made["Vpc"]["id"],
        "serviceName": "com.amazonaws.eu-south-1.s3",
        "routeTableIds": [made["RouteTable"]["id"]],
        "policy": _policy("arn:aws:s3:::wasl-jo-content"),
        "tags": _tags("VpcEndpoint"),
    }


def _open(aws: Aws, state: Props) -> None:
    aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=state["id"], PolicyDocument=_policy("*"))


def _bare(aws: Aws, state: Props) -> None:
    aws.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=state["id"], RemoveSecurityGroupIds=state["securityGroupIds"]
    )


def _less(aws: Aws, state: Props) -> None:
    """All else of a flow log is fixed when it is made."""
    ec2 = aws.client("ec2")
    ec2.delete_tags(Resources=[state["id"]], Tags=[{"Key": "country"}])


EXAMPLES = (
    Example("aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.4.0.0/16", "tags": _tags("Vpc")}),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "cidrBlock": "10.4.1.0/24",
            "tags": _tags("Subnet"),
        },
    ),
    Example(
        "aws:ec2/routeTable:RouteTable",
        lambda made: {"vpcId": made["Vpc"]["id"], "tags": _tags("RouteTable")},
    ),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "name": "endpoints",
            "tags": _tags("SecurityGroup"),
        },
    ),
    Example(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        _gateway,
        change={
            "policy": _policy("arn:aws:s3:::wasl-jo-*"),
            "tags": _tags("VpcEndpoint", country="jo"),
        },
        tamper=_open,
        tampered="policy",
    ),
    Example(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "serviceName": "com.amazonaws.eu-south-1.kms",
            "vpcEndpointType": "Interface",
            "privateDnsEnabled": True,
            "subnetIds": [made["Subnet"]["id"]],
            "securityGroupIds": [made["SecurityGroup"]["id"]],
            "tags": _tags("kms"),
        },
        name="kms",
        tamper=_bare,
        tampered="securityGroupIds",
    ),
    Example(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda _: {"name": "/wasl/jo/flow", "retentionInDays": 30},
    ),
    Example(
        "aws:ec2/flowLog:FlowLog",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "trafficType": "ALL",
            "logDestination": made["LogGroup"]["arn"],
            "iamRoleArn": _ROLE,
            "maxAggregationInterval": 60,
            "tags": _tags("FlowLog", country="jo"),
        },
        change={"tags": _tags("FlowLog", country="dz")},
        tamper=_less,
        tampered="tags.country",
    ),
)
