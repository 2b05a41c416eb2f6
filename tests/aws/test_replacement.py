"""Which changes need a new resource: our data against CloudFormation's createOnlyProperties.

The two were written by different people from different sources. Where they differ, the reason
stands here or beside the type (`replace_source`); an unexplained difference fails, and so does an
explanation of a difference that is gone.
"""

from __future__ import annotations

import pytest

from infra.aws.catalogue import TYPES
from infra.aws.cloudformation import create_only, property_name, schema
from infra.aws.model import AwsType

# The same property under two names: Pulumi's, and CloudFormation's.
SAME = {
    "aws:backup/vault:Vault": {"name": "BackupVaultName", "kmsKeyArn": "EncryptionKeyArn"},
    "aws:backup/selection:Selection": {"planId": "BackupPlanId"},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"name": "AlarmName"},
    "aws:ec2/natGateway:NatGateway": {"privateIp": "PrivateIpAddress"},
    "aws:ec2/flowLog:FlowLog": {"iamRoleArn": "DeliverLogsPermissionArn"},
    "aws:ec2/securityGroup:SecurityGroup": {
        "name": "GroupName",
        "description": "GroupDescription",
    },
    "aws:ecr/repository:Repository": {"encryptionConfigurations": "EncryptionConfiguration"},
    "aws:ecs/service:Service": {"name": "ServiceName", "iamRole": "Role"},
    "aws:elasticache/subnetGroup:SubnetGroup": {"name": "CacheSubnetGroupName"},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "subnetGroupName": "CacheSubnetGroupName"
    },
    "aws:iam/policy:Policy": {"name": "ManagedPolicyName"},
    "aws:iam/rolePolicy:RolePolicy": {"name": "PolicyName", "role": "RoleName"},
    "aws:lb/loadBalancer:LoadBalancer": {"internal": "Scheme", "loadBalancerType": "Type"},
    "aws:rds/subnetGroup:SubnetGroup": {"name": "DBSubnetGroupName"},
    "aws:rds/parameterGroup:ParameterGroup": {"name": "DBParameterGroupName"},
    "aws:rds/instance:Instance": {
        "identifier": "DBInstanceIdentifier",
        "username": "MasterUsername",
    },
    "aws:route53/record:Record": {"zoneId": "HostedZoneId"},
    "aws:s3/bucket:Bucket": {"bucketPrefix": "BucketNamePrefix"},
    "aws:sns/topicSubscription:TopicSubscription": {"topic": "TopicArn"},
}
_RULE = dict.fromkeys(
    ("CidrIp", "CidrIpv6", "FromPort", "IpProtocol", "ToPort"),
    "Terraform changes a rule in place (ModifySecurityGroupRules)",
)
_INGRESS = "the rule's source changes in place as well"
_NOT_PULUMI = "Pulumi's type has no such input"
# What CloudFormation replaces and we do not.
THEIRS = {
    "aws:acm/certificate:Certificate": {
        "CertificateExport": "an option of `options`, not used",
        "DomainValidationOptions": "Pulumi's `validationOptions`, which replace here too",
    },
    "aws:appautoscaling/policy:Policy": {"ScalingTargetId": "three inputs name the target"},
    "aws:backup/selection:Selection": {"BackupSelection": "its parts are inputs of their own"},
    "aws:budgets/budget:Budget": {
        "Budget": "its parts are inputs of their own",
        "NotificationsWithSubscribers": "Terraform changes them in place",
    },
    "aws:ec2/vpc:Vpc": {"VpcEncryptionControl": _NOT_PULUMI},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"DnsOptions": "ModifyVpcEndpoint changes them"},
    "aws:ec2/flowLog:FlowLog": {
        "LogGroupName": "given by ARN as `logDestination`",
        "ResourceId": "an input a kind of resource: vpcId, subnetId, …",
        "ResourceType": "an input a kind of resource",
    },
    "aws:ec2/eip:Eip": {"TransferAddress": _NOT_PULUMI},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {
        "RouteTableId": "ReplaceRouteTableAssociation changes it"
    },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        **_RULE,
        "DestinationPrefixListId": _INGRESS,
        "DestinationSecurityGroupId": _INGRESS,
        "GroupId": "our `securityGroupId`, which replaces here too",
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        **_RULE,
        "GroupId": "our `securityGroupId`, which replaces here too",
        "GroupName": _NOT_PULUMI,
        "SourcePrefixListId": _INGRESS,
        "SourceSecurityGroupId": _INGRESS,
        "SourceSecurityGroupName": _NOT_PULUMI,
        "SourceSecurityGroupOwnerId": _NOT_PULUMI,
    },
    "aws:ecs/taskDefinition:TaskDefinition": {"InferenceAccelerators": _NOT_PULUMI},
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "PreferredCacheClusterAZs": "Terraform changes it in place"
    },
    "aws:rds/instance:Instance": {
        "DBClusterIdentifier": _NOT_PULUMI,
        "DBSubnetGroupName": "ModifyDBInstance changes it",
        "DBSystemId": _NOT_PULUMI,
        "SourceRegion": _NOT_PULUMI,
    },
    "aws:route53/record:Record": {"HostedZoneName": _NOT_PULUMI},
}
_IDENTITY = "part of the id in the API"
# What we replace and CloudFormation does not.
OURS = {
    "aws:acm/certificate:Certificate": {
        "validationMethod": "Terraform: a certificate is validated in one way",
        "validationOptions": "CloudFormation's DomainValidationOptions",
    },
    "aws:backup/selection:Selection": dict.fromkeys(
        ("conditions", "iamRoleArn", "name", "notResources", "resources", "selectionTags"),
        "a part of CloudFormation's BackupSelection",
    ),
    "aws:budgets/budget:Budget": {"name": "a part of CloudFormation's Budget"},
    "aws:ec2/flowLog:FlowLog": dict.fromkeys(
        (
            "eniId",
            "regionalNatGatewayId",
            "subnetId",
            "transitGatewayAttachmentId",
            "transitGatewayId",
            "vpcId",
        ),
        "CloudFormation's ResourceId",
    ),
    "aws:ec2/eip:Eip": {
        "customerOwnedIpv4Pool": "an address never changes pools",
        "publicIpv4Pool": "an address never changes pools",
    },
    "aws:ec2/routeTableAssociation:RouteTableAssociation": {"gatewayId": _IDENTITY},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
        "securityGroupId": "CloudFormation's GroupId"
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "securityGroupId": "CloudFormation's GroupId"
    },
    "aws:kms/key:Key": {
        "customKeyStoreId": "the API has no call that changes it",
        "customerMasterKeySpec": "the API has no call that changes it",
        "keyUsage": "the API has no call that changes it",
        "multiRegion": "the API has no call that changes it",
        "xksKeyId": "the API has no call that changes it",
    },
    "aws:lb/targetGroup:TargetGroup": {"targetControlPort": "the API has no call that changes it"},
    "aws:route53/record:Record": {
        "name": _IDENTITY,
        "setIdentifier": _IDENTITY,
        "type": _IDENTITY,
    },
    "aws:s3/bucket:Bucket": {"objectLockEnabled": "Terraform: given at creation"},
    "aws:s3/bucketPolicy:BucketPolicy": {"expectedBucketOwner": "Terraform's ForceNew"},
    "aws:sqs/queuePolicy:QueuePolicy": {"queueUrl": _IDENTITY},
}
# How Pulumi lets a name be made up; the API knows only the name.
MADE_UP = frozenset({"namePrefix", "bucketPrefix", "identifierPrefix"})

COMPARED = sorted(
    token for token, kind in TYPES.items() if kind.cloudformation and schema(kind.cloudformation)
)


def _theirs(kind: AwsType, name: str) -> str | None:
    return SAME.get(kind.token, {}).get(name) or property_name(kind, name)


@pytest.mark.parametrize("token", COMPARED)
def test_what_cloudformation_replaces_we_replace(token: str) -> None:
    kind = TYPES[token]
    left = create_only(kind) - {_theirs(kind, name) for name in kind.replace}
    assert left == set(THEIRS.get(token, {}))


@pytest.mark.parametrize("token", COMPARED)
def test_what_we_replace_has_a_reason(token: str) -> None:
    kind = TYPES[token]
    left = {name for name in kind.replace if _theirs(kind, name) not in create_only(kind)}
    assert left - set(kind.replace_source) - MADE_UP == set(OURS.get(token, {}))


def test_most_types_are_compared() -> None:
    assert len(COMPARED) > 60
