"""`public-access`, `ingress` and `permissions`: each passes and fails."""

from __future__ import annotations

from typing import Any

import pytest

from infra.aws.permissions import READ_ONLY
from infra.policies.ingress import GROUP, RULE
from infra.policies.model import UNKNOWN
from tests.policies.samples import broken, judged, resource
from tests.policies.tenancies import text

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
BLOCKED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
ROLE = "aws:iam/role:Role"
INLINE = "aws:iam/rolePolicy:RolePolicy"
ACCOUNT = "arn:aws:iam::111122223333:root"


def allow(**parts: Any) -> dict[str, Any]:
    return {"policy": text({"Effect": "Allow", **parts})}


@pytest.mark.parametrize(
    ("token", "good", "bad"),
    [
        *((BLOCK, BLOCKED, {**BLOCKED, name: False}) for name in BLOCKED),
        (BLOCK, BLOCKED, {key: True for key in BLOCKED if key != "blockPublicAcls"}),
        ("aws:s3/bucketAcl:BucketAcl", {"acl": "private"}, {"acl": "public-read"}),
        ("aws:s3/bucketAcl:BucketAcl", {}, {"accessControlPolicy": {"grants": [{}]}}),
        ("aws:s3/bucket:Bucket", {}, {"acl": "authenticated-read"}),
        ("aws:s3/bucket:Bucket", {}, {"website": {"indexDocument": "index.html"}}),
        ("aws:rds/instance:Instance", {}, {"publiclyAccessible": True}),
        ("aws:ec2/subnet:Subnet", {}, {"mapPublicIpOnLaunch": True}),
        (
            "aws:ecs/service:Service",
            {"networkConfiguration": {"assignPublicIp": False}},
            {"networkConfiguration": {"assignPublicIp": True}},
        ),
        (BALANCER, {"internal": True}, {"internal": False}),
        (
            "aws:cloudfront/distribution:Distribution",
            {"origins": [{"originAccessControlId": "x"}]},
            {"origins": [{"domainName": "x"}]},
        ),
        (
            BUCKET_POLICY,
            allow(Principal={"Service": "cloudfront.amazonaws.com"}, Action="s3:GetObject"),
            allow(Principal="*", Action="s3:GetObject"),
        ),
        (
            "aws:sns/topicPolicy:TopicPolicy",
            allow(Principal={"AWS": ACCOUNT}, Action="sns:Publish"),
            allow(Principal={"AWS": [ACCOUNT, "*"]}, Action="sns:Publish"),
        ),
        (
            "aws:kms/key:Key",
            allow(Principal={"AWS": ACCOUNT}, Action="kms:*"),
            allow(NotPrincipal={"AWS": ACCOUNT}, Action="kms:Decrypt"),
        ),
    ],
)
def test_public_access(token: str, good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert broken("public-access", token, good) == []
    assert len(broken("public-access", token, bad)) == 1


def test_the_balancer_is_public_once_the_zone_is_delegated() -> None:
    assert broken("public-access", BALANCER, {"internal": False}, delegated="true") == []


def rule(cidr: str = "0.0.0.0/0", first: int = 443, **more: Any) -> dict[str, Any]:
    kind = "cidrIpv6" if ":" in cidr else "cidrIpv4"
    ports = {"ipProtocol": "tcp", "fromPort": first, "toPort": first}
    return {kind: cidr, **ports, **more}


def inline(**parts: Any) -> dict[str, Any]:
    ports = {"protocol": "tcp", "fromPort": 443, "toPort": 443}
    return {"ingress": [{**ports, "cidrBlocks": ["0.0.0.0/0"], **parts}]}


OLD = {"type": "ingress", "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}


@pytest.mark.parametrize(
    ("token", "props", "refused"),
    [
        (RULE, rule(), False),
        (RULE, rule("::/0"), False),
        (RULE, rule("10.8.0.0/16", 5432), False),
        (RULE, {"referencedSecurityGroupId": "sg-1", "ipProtocol": "tcp"}, False),
        (RULE, rule(first=22), True),
        (RULE, rule("::/0", 80), True),
        (RULE, rule("0.0.0.0/1", 5432), True),
        (RULE, rule("203.0.113.7/32", 22), True),
        (RULE, rule("not a range", 22), True),
        (RULE, rule(toPort=444), True),
        (RULE, rule(ipProtocol="udp"), True),
        (RULE, rule(ipProtocol="-1", first=-1), True),
        (RULE, {"prefixListId": "pl-1", "ipProtocol": "tcp"}, True),
        (GROUP, inline(), False),
        (GROUP, inline(fromPort=0), True),
        (GROUP, inline(ipv6CidrBlocks=["::/0"], protocol="-1"), True),
        ("aws:ec2/securityGroupRule:SecurityGroupRule", {**OLD, "fromPort": 443, "toPort": 443}, 0),
        ("aws:ec2/securityGroupRule:SecurityGroupRule", {**OLD, "fromPort": 0, "toPort": 0}, True),
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {}, False),
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", inline(), True),
    ],
)
def test_ingress(token: str, props: dict[str, Any], refused: bool) -> None:
    assert len(broken("ingress", token, props, delegated="true")) == refused


def test_nothing_is_open_before_the_delegation() -> None:
    assert broken("ingress", RULE, rule()) == ["cidrIpv4"]
    assert broken("ingress", RULE, rule("10.0.0.0/8")) == []


@pytest.mark.parametrize("props", [rule() | {"cidrIpv4": UNKNOWN}, rule(toPort=UNKNOWN)])
def test_an_unknown_door_is_undecided(props: dict[str, Any]) -> None:
    (problem,) = judged("ingress", resource(RULE, props))
    assert problem.undecided


@pytest.mark.parametrize("cidrs", [UNKNOWN, [UNKNOWN]])
def test_an_unknown_range_inside_a_group_is_undecided(cidrs: Any) -> None:
    (problem,) = judged("ingress", resource(GROUP, inline(cidrBlocks=cidrs)))
    assert problem.undecided


BUCKET = "arn:aws:s3:::wasl-jo-content-1/*"


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (allow(Action="s3:GetObject", Resource=BUCKET), allow(Action="*", Resource=BUCKET)),
        (allow(Action="s3:PutObject", Resource=BUCKET), allow(Action="s3:*", Resource=BUCKET)),
        (allow(Action="s3:List*", Resource=BUCKET), allow(Action="s3:Put*", Resource=BUCKET)),
        (
            allow(Action="sqs:SendMessage", Resource=BUCKET),
            allow(Action="s*:Get*", Resource=BUCKET),
        ),
        (
            allow(Action=list(READ_ONLY), Resource="*"),
            allow(Action="sqs:SendMessage", Resource="*"),
        ),
        (
            allow(Action="ecr:GetAuthorizationToken", Resource="*"),
            allow(Action="kms:Decrypt", Resource="*"),
        ),
        (
            allow(Action="s3:GetBucketLocation", Resource="*"),
            allow(Action="s3:GetObject", Resource="arn:aws:s3:::*/*"),
        ),
        (
            allow(Action="ssm:DescribeParameters", Resource="*"),
            allow(Action="ssm:Get*", Resource="arn:aws:ssm:eu-south-1:1:*"),
        ),
        (allow(Action=[], Resource=BUCKET), allow(NotAction="iam:*", Resource=BUCKET)),
        (allow(Action=[], Resource=BUCKET), allow(Action="sqs:SendMessage", NotResource=BUCKET)),
        (
            {"policy": text({"Effect": "Deny", "Action": "*", "Resource": "*"})},
            {"policy": '{"Statement": "all"}'},
        ),
    ],
)
def test_permissions(good: dict[str, Any], bad: dict[str, Any]) -> None:
    assert broken("permissions", INLINE, good) == []
    assert len(broken("permissions", INLINE, bad)) == 1


def trusted(**parts: Any) -> dict[str, Any]:
    return {"assumeRolePolicy": text({"Effect": "Allow", "Action": "sts:AssumeRole", **parts})}


EXTERNAL = {"StringEquals": {"sts:ExternalId": "wasl-jo"}}
CI = {"Federated": "arn:aws:iam::111122223333:oidc-provider/ci.example"}


@pytest.mark.parametrize(
    ("props", "refused"),
    [
        (trusted(Principal={"Service": "ecs-tasks.amazonaws.com"}), False),
        (trusted(Principal={"AWS": ACCOUNT}, Condition=EXTERNAL), False),
        (trusted(Principal=CI, Condition={"StringEquals": {"ci:sub": "repo:wasl"}}), False),
        (trusted(Principal="*", Condition=EXTERNAL), True),
        (trusted(Principal={"AWS": "*"}, Condition=EXTERNAL), True),
        (trusted(NotPrincipal={"AWS": ACCOUNT}), True),
        (trusted(Principal={"AWS": ACCOUNT}), True),
        (trusted(Principal=CI), True),
        (trusted(Principal=CI, Condition={"StringLike": {"ci:sub": "*"}}), True),
        ({"managedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]}, True),
        ({"inlinePolicies": [{"policy": allow(Action="*", Resource="x")["policy"]}]}, True),
    ],
)
def test_roles(props: dict[str, Any], refused: bool) -> None:
    assert len(broken("permissions", ROLE, props)) == refused


@pytest.mark.parametrize(
    ("arn", "refused"),
    [
        ("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore", False),
        ("arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("arn:aws:iam::aws:policy/AmazonS3FullAccess", True),
        ("arn:aws:iam::aws:policy/job-function/DatabaseAdministrator", True),
    ],
)
def test_managed_policies(arn: str, refused: bool) -> None:
    token = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    assert bool(broken("permissions", token, {"policyArn": arn})) is refused


@pytest.mark.parametrize(
    ("token", "statement", "refused"),
    [
        ("aws:kms/key:Key", {"Principal": {"AWS": ACCOUNT}, "Action": "kms:*"}, False),
        ("aws:kms/key:Key", {"Principal": {"Service": "x"}, "Action": "kms:*"}, True),
        (BUCKET_POLICY, {"Principal": {"AWS": ACCOUNT}, "Action": "s3:*"}, True),
    ],
)
def test_policies_on_things(token: str, statement: dict[str, Any], refused: bool) -> None:
    assert bool(broken("permissions", token, allow(**statement))) is refused


def test_an_unknown_policy_is_undecided() -> None:
    (problem,) = judged("permissions", resource(INLINE, {"policy": UNKNOWN}))
    assert problem.undecided
