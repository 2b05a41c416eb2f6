"""EC2: security groups and their rules."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example

_WORLD = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}], "FromPort": 22, "ToPort": 22, "IpProtocol": "tcp"}


def _tags(name: str, **more: str) -> Props:
    return {"wasl:urn": f"test/{name}", **more}


def _open(aws: Aws, state: Props) -> None:
    aws.client("ec2").authorize_security_group_ingress(GroupId=state["id"], IpPermissions=[_WORLD])


def _widen(aws: Aws, state: Props) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "0.0.0.0/0"}
    aws.client("ec2").modify_security_group_rules(
        GroupId=state["securityGroupId"],
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": state["id"],
                "SecurityGroupRule": {**rule, "Description": state["description"]},
            }
        ],
    )


def _all_ports(aws: Aws, state: Props) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}
    reference = {"ReferencedGroupId": state["referencedSecurityGroupId"]}
    aws.client("ec2").modify_security_group_rules(
        GroupId=state["securityGroupId"],
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": state["id"],
                "SecurityGroupRule": {
                    **rule,
                    **reference,
                    "Description": state["description"],
                },
            }
        ],
    )


EXAMPLES = (
    Example("aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.3.0.0/16", "tags": _tags("Vpc")}),
    Example(
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        lambda made: {"vpcId": made["Vpc"]["id"], "tags": _tags("DefaultSecurityGroup")},
        change={"tags": _tags("DefaultSecurityGroup", country="jo")},
        tamper=_open,
        tampered="ingress",
        stays=True,
    ),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "name": "wasl-jo-data",
            "description": "data",
            "tags": _tags("SecurityGroup"),
        },
        change={"tags": _tags("SecurityGroup", country="jo")},
    ),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "name": "wasl-jo-inline",
            "ingress": [
                {
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlocks": ["10.3.0.0/16", "10.2.0.0/16"],
                    "description": "school network",
                },
                {"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True},
            ],
            "tags": _tags("inline"),
        },
        name="inline",
        change={
            "ingress": [
                {
                    "protocol": "tcp",
                    "fromPort": 443,
                    "toPort": 443,
                    "cidrBlocks": ["10.3.0.0/16"],
                    "description": "school network",
                },
            ]
        },
        tamper=_open,
        tampered="ingress",
    ),
    Example(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        lambda made: {
            "securityGroupId": made["SecurityGroup"]["id"],
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "10.3.0.0/16",
            "description": "school network",
            "tags": _tags("SecurityGroupIngressRule"),
        },
        change={"cidrIpv4": "10.3.1.0/24", "description": "one school"},
        tamper=_widen,
        tampered="cidrIpv4",
    ),
    Example(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda made: {
            "securityGroupId": made["SecurityGroup"]["id"],
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "referencedSecurityGroupId": made["inline"]["id"],
            "description": "database",
            "tags": _tags("SecurityGroupEgressRule"),
        },
        change={"tags": _tags("SecurityGroupEgressRule", country="jo")},
        tamper=_all_ports,
        tampered="fromPort toPort",
    ),
    Example(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda made: {
            "securityGroupId": made["SecurityGroup"]["id"],
            "ipProtocol": "-1",
            "cidrIpv4": "10.3.0.0/16",
            "tags": _tags("every-protocol"),
        },
        name="every-protocol",
    ),
)
