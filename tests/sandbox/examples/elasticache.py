"""ElastiCache."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made


def _no_tls(aws: Aws, state: Props) -> None:
    aws.client("elasticache").modify_replication_group(
        ReplicationGroupId=state["replicationGroupId"],
        TransitEncryptionEnabled=False,
        ApplyImmediately=True,
    )


def _group(made: Made) -> Props:
    return {
        "replicationGroupId": "wasl-jo-sessions",
        "description": "sessions",
        "engine": "valkey",
        "engineVersion": "8.0",
        "nodeType": "cache.t4g.micro",
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "subnetGroupName": made["SubnetGroup"]["name"],
        "securityGroupIds": ["sg-22222222", "sg-11111111"],
        "atRestEncryptionEnabled": True,
        "kmsKeyId": made["cache-key"]["arn"],
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "maintenanceWindow": "sun:03:00-sun:04:00",
        "snapshotRetentionLimit": 7,
        "applyImmediately": True,
        "logDeliveryConfigurations": [
            {
                "destination": "/wasl/jo/sessions",
                "destinationType": "cloudwatch-logs",
                "logFormat": "json",
                "logType": "slow-log",
            }
        ],
        "tags": {"country": "jo"},
    }


EXAMPLES = (
    Example(
        "aws:kms/key:Key", lambda _: {"tags": {"wasl:urn": "test/cache-key"}}, name="cache-key"
    ),
    Example(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.3.0.0/16", "tags": {"wasl:urn": "test/cache-vpc"}},
        name="cache-vpc",
    ),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["cache-vpc"]["id"],
            "cidrBlock": "10.3.1.0/24",
            "tags": {"wasl:urn": "test/cache-net"},
        },
        name="cache-net",
    ),
    Example(
        "aws:elasticache/subnetGroup:SubnetGroup",
        lambda made: {
            "name": "wasl-jo-cache",
            "subnetIds": [made["cache-net"]["id"]],
            "tags": {"country": "jo"},
        },
        change={"description": "sessions", "tags": {"country": "jo", "owner": "x"}},
        tamper=lambda aws, state: aws.client("elasticache").modify_cache_subnet_group(
            CacheSubnetGroupName=state["name"], CacheSubnetGroupDescription="mine"
        ),
        tampered="description",
    ),
    Example(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        _group,
        change={
            "numCacheClusters": 3,
            "securityGroupIds": ["sg-33333333"],
            "logDeliveryConfigurations": [],
            "tags": {"country": "tn"},
        },
        tamper=_no_tls,
        tampered="transitEncryptionEnabled",
    ),
)
