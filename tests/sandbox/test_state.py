"""The state that the stand-in leaves against what was recorded of the real provider.

Facts from the recorded exchanges in pulumi-aws's own repository
(`provider/testdata/recorded/TestProviderUpgrade`, provider 5.42 and 6.31): which inputs Check fills
in, what the id is, which outputs stand beside the inputs and how unset ones are written, and which
inputs are force-new (`stables` of an empty diff).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.model import Props
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session

ASSUME = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
    '"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)


@dataclass(frozen=True)
class Recorded:
    """What was recorded of a type."""

    token: str
    inputs: Callable[[dict[str, str]], Props]
    id: str
    """A pattern of the id."""
    defaults: frozenset[str]
    """Inputs that Check fills in, names aside."""
    outputs: Props
    """Outputs beside the inputs, by value; "*" is any text but the empty one."""
    stables: frozenset[str] = field(default=frozenset())
    """Force-new inputs."""


def names(text: str) -> frozenset[str]:
    """Names written in one line."""
    return frozenset(text.split())


RECORDED = (
    Recorded(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": "state-1"},
        r"state-1",
        names("forceDestroy"),
        {
            "arn": "arn:aws:s3:::state-1",
            "bucketDomainName": "state-1.s3.amazonaws.com",
            "bucketRegionalDomainName": "state-1.s3.eu-south-1.amazonaws.com",
            "region": "eu-south-1",
            "bucketRegion": "eu-south-1",
            "requestPayer": "BucketOwner",
            "corsRules": [],
            "grants": [],
            "accelerationStatus": "",
            "replicationConfiguration": None,
            "logging": None,
            "tags": {},
            "tagsAll": {},
            "policy": "",
        },
        names("bucket bucketPrefix"),
    ),
    Recorded(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda _: {"bucket": "state-1", "versioningConfiguration": {"status": "Enabled"}},
        r"state-1",
        names(""),
        {"expectedBucketOwner": "", "mfa": ""},
        names("bucket expectedBucketOwner"),
    ),
    Recorded(
        "aws:sqs/queue:Queue",
        lambda _: {"name": "state"},
        r"http.*/state",
        names(
            "contentBasedDeduplication delaySeconds fifoQueue maxMessageSize "
            "messageRetentionSeconds receiveWaitTimeSeconds"
        ),
        {
            "arn": "*",
            "url": "*",
            "sqsManagedSseEnabled": True,
            "policy": "",
            "redrivePolicy": "",
            "kmsMasterKeyId": "",
        },
        names("name namePrefix fifoQueue"),
    ),
    Recorded(
        "aws:sns/topic:Topic",
        lambda _: {"name": "state"},
        r"arn:aws:sns:.*:state",
        names("contentBasedDeduplication fifoTopic"),
        {"arn": "*", "owner": "*", "policy": "*", "displayName": "", "archivePolicy": ""},
        names("name namePrefix fifoTopic"),
    ),
    Recorded(
        "aws:kms/key:Key",
        lambda _: {"description": "state"},
        r"[0-9a-f-]{36}",
        names(
            "bypassPolicyLockoutSafetyCheck enableKeyRotation customerMasterKeySpec isEnabled "
            "keyUsage"
        ),
        {
            "arn": "*",
            "keyId": "*",
            "multiRegion": False,
            "customKeyStoreId": "",
            "policy": "*",
            "xksKeyId": "",
        },
    ),
    Recorded(
        "aws:iam/role:Role",
        lambda _: {"name": "state", "assumeRolePolicy": ASSUME},
        r"state",
        names("forceDetachPolicies maxSessionDuration path"),
        {
            "arn": "*",
            "createDate": "*",
            "uniqueId": "*",
            "inlinePolicies": [],
            "managedPolicyArns": [],
        },
        names("name namePrefix path"),
    ),
    Recorded(
        "aws:iam/rolePolicy:RolePolicy",
        lambda _: {
            "name": "read",
            "role": "state",
            "policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
            '"Action":"sqs:ReceiveMessage","Resource":"*"}]}',
        },
        r"state:read",
        names(""),
        {},
        names("name namePrefix role"),
    ),
    Recorded(
        "aws:ecs/cluster:Cluster",
        lambda _: {"name": "state"},
        r"arn:aws:ecs:.*:cluster/state",
        names(""),
        {"arn": "*", "serviceConnectDefaults": None},
        names("name"),
    ),
    Recorded(
        "aws:ecr/repository:Repository",
        lambda _: {"name": "state"},
        r"state",
        names("imageTagMutability"),
        {"arn": "*", "registryId": "*", "repositoryUrl": "*"},
        names("name encryptionConfigurations"),
    ),
    Recorded(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda _: {"name": "state"},
        r"state",
        names("retentionInDays skipDestroy"),
        {"arn": "*", "kmsKeyId": "", "logGroupClass": "STANDARD"},
        names("name namePrefix"),
    ),
    Recorded(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.99.0.0/16"},
        r"vpc-[0-9a-f]+",
        names("enableDnsSupport instanceTenancy"),
        {"arn": "*", "ownerId": "*", "ipv6CidrBlock": "", "ipv6AssociationId": ""},
        names("cidrBlock ipv4IpamPoolId ipv4NetmaskLength"),
    ),
    Recorded(
        "aws:ec2/subnet:Subnet",
        lambda made: {"vpcId": made["aws:ec2/vpc:Vpc"], "cidrBlock": "10.99.1.0/24"},
        r"subnet-[0-9a-f]+",
        names(
            "assignIpv6AddressOnCreation enableDns64 ipv6Native mapPublicIpOnLaunch "
            "enableResourceNameDnsAaaaRecordOnLaunch enableResourceNameDnsARecordOnLaunch"
        ),
        {"arn": "*", "availabilityZone": "*", "outpostArn": ""},
        names("vpcId cidrBlock availabilityZone availabilityZoneId ipv6Native outpostArn"),
    ),
)


def test_state_is_shaped_as_recorded(session: Session) -> None:
    made: dict[str, str] = {}
    alive = []
    try:
        for recorded in RECORDED:
            resource = Resource(TYPES[recorded.token], MAKERS[recorded.token], session)
            inputs = checked(resource.kind, recorded.inputs(made), session.region)
            made[recorded.token], state = resource.create(inputs)
            alive.append((resource, state, inputs))
            _compare(recorded, inputs, state)
    finally:
        for resource, state, inputs in reversed(alive):
            resource.delete(str(state["id"]), {**state, **inputs})


def _compare(recorded: Recorded, inputs: Props, state: Props) -> None:
    name = TYPES[recorded.token].name
    assert re.fullmatch(recorded.id, state["id"]), f"{name}: id {state['id']}"
    # Provider 7 fills in the region too.
    assert recorded.defaults <= set(inputs["__defaults"]), name
    assert "__defaults" not in state, name
    assert recorded.stables <= TYPES[recorded.token].replace, name
    for key, value in recorded.outputs.items():
        assert key in state, f"{name}: {key} is missing"
        found: Any = state[key]
        expected = isinstance(found, str) and found != "" if value == "*" else found == value
        assert expected, f"{name}: {key} is {found!r}, not {value!r}"


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda one: TYPES[one.token].name)
def test_every_declared_output_is_there(recorded: Recorded) -> None:
    from infra.sandbox.provider.schema import schema

    assert set(recorded.outputs) <= set(schema(recorded.token).outputs)
