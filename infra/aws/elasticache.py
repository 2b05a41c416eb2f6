"""ElastiCache: Valkey and Redis, and the subnets they live in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_ON = ("enabled", "enabling")


def _with_tags(aws: Aws, raw: Raw) -> Raw:
    found = aws.pages("elasticache", "list_tags_for_resource", "TagList", ResourceName=raw["ARN"])
    return {**raw, "TagList": found}


def _list_subnet_groups(aws: Aws) -> Iterable[Raw]:
    for group in aws.pages("elasticache", "describe_cache_subnet_groups", "CacheSubnetGroups"):
        if group["CacheSubnetGroupName"] != "default":
            yield _with_tags(aws, group)


def _read_subnet_group(aws: Aws, name: str, _state: Props) -> Raw | None:
    client = aws.client("elasticache")
    group = one(
        lambda: client.describe_cache_subnet_groups(CacheSubnetGroupName=name),
        "CacheSubnetGroupNotFoundFault",
        key="CacheSubnetGroups",
        pick=True,
    )
    return group and _with_tags(aws, group)


def _subnet_group(raw: Raw) -> Props:
    return {
        "arn": raw["ARN"],
        "description": raw["CacheSubnetGroupDescription"],
        "name": raw["CacheSubnetGroupName"],
        "subnetIds": [subnet["SubnetIdentifier"] for subnet in raw["Subnets"]],
        "tags": tags(raw["TagList"]),
        "vpcId": raw["VpcId"],
    }


def _list_groups(aws: Aws) -> Iterable[Raw]:
    clusters = aws.pages("elasticache", "describe_cache_clusters", "CacheClusters")
    members = {cluster.get("ReplicationGroupId"): cluster for cluster in clusters}
    for group in aws.pages("elasticache", "describe_replication_groups", "ReplicationGroups"):
        yield _with_tags(aws, {**group, "Member": members.get(group["ReplicationGroupId"], {})})


def _read_group(aws: Aws, group_id: str, _state: Props) -> Raw | None:
    client = aws.client("elasticache")
    group = one(
        lambda: client.describe_replication_groups(ReplicationGroupId=group_id),
        "ReplicationGroupNotFoundFault",
        key="ReplicationGroups",
        pick=True,
    )
    if group is None:
        return None
    # Version, security groups, subnets and windows are told of the members only.
    member = next(iter(group.get("MemberClusters") or ()), None)
    found = member and one(
        lambda: client.describe_cache_clusters(CacheClusterId=member),
        "CacheClusterNotFound",
        key="CacheClusters",
        pick=True,
    )
    return _with_tags(aws, {**group, "Member": found or {}})


def _group(raw: Raw) -> Props:
    return {
        **_group_settings(raw),
        **_group_nodes(raw),
        **_group_member(raw["Member"]),
        "arn": raw["ARN"],
        "logDeliveryConfigurations": [
            _log(item) for item in raw.get("LogDeliveryConfigurations", ())
        ],
        "tags": tags(raw["TagList"]),
    }


def _group_settings(raw: Raw) -> Props:
    return {
        "atRestEncryptionEnabled": raw.get("AtRestEncryptionEnabled", False),
        "autoMinorVersionUpgrade": raw.get("AutoMinorVersionUpgrade", False),
        "automaticFailoverEnabled": raw.get("AutomaticFailover") in _ON,
        "clusterEnabled": raw.get("ClusterEnabled", False),
        "clusterMode": raw.get("ClusterMode", ""),
        "dataTieringEnabled": raw.get("DataTiering") in _ON,
        "description": raw["Description"],
        "ipDiscovery": raw.get("IpDiscovery", ""),
        "kmsKeyId": raw.get("KmsKeyId", ""),
        "multiAzEnabled": raw.get("MultiAZ") in _ON,
        "networkType": raw.get("NetworkType", ""),
        "nodeType": raw.get("CacheNodeType", ""),
        "replicationGroupId": raw["ReplicationGroupId"],
        "snapshotRetentionLimit": raw.get("SnapshotRetentionLimit", 0),
        "snapshotWindow": raw.get("SnapshotWindow", ""),
        "transitEncryptionEnabled": raw.get("TransitEncryptionEnabled", False),
        "transitEncryptionMode": raw.get("TransitEncryptionMode", ""),
        "userGroupIds": raw.get("UserGroupIds", []),
    }


def _group_nodes(raw: Raw) -> Props:
    shards: list[Any] = raw.get("NodeGroups") or []
    first: Raw = shards[0] if shards else {}
    primary, reader = first.get("PrimaryEndpoint") or {}, first.get("ReaderEndpoint") or {}
    whole = raw.get("ConfigurationEndpoint") or {}
    return {
        "configurationEndpointAddress": whole.get("Address", ""),
        "memberClusters": raw.get("MemberClusters", []),
        "numCacheClusters": len(raw.get("MemberClusters") or ()),
        "numNodeGroups": len(shards),
        "port": whole.get("Port") or primary.get("Port") or 0,
        "primaryEndpointAddress": primary.get("Address", ""),
        "readerEndpointAddress": reader.get("Address", ""),
        "replicasPerNodeGroup": max(len(first.get("NodeGroupMembers") or ()) - 1, 0),
    }


def _group_member(member: Raw) -> Props:
    return {
        "engine": member.get("Engine", ""),
        "engineVersion": member.get("EngineVersion", ""),
        "engineVersionActual": member.get("EngineVersion", ""),
        "maintenanceWindow": member.get("PreferredMaintenanceWindow", ""),
        "notificationTopicArn": (member.get("NotificationConfiguration") or {}).get("TopicArn", ""),
        "parameterGroupName": (member.get("CacheParameterGroup") or {}).get(
            "CacheParameterGroupName", ""
        ),
        "securityGroupIds": [
            group["SecurityGroupId"] for group in member.get("SecurityGroups") or ()
        ],
        "subnetGroupName": member.get("CacheSubnetGroupName", ""),
    }


def _log(raw: Raw) -> Props:
    details = raw.get("DestinationDetails") or {}
    cloudwatch = (details.get("CloudWatchLogsDetails") or {}).get("LogGroup", "")
    return {
        "destination": cloudwatch
        or (details.get("KinesisFirehoseDetails") or {}).get("DeliveryStream", ""),
        "destinationType": raw["DestinationType"],
        "logFormat": raw["LogFormat"],
        "logType": raw["LogType"],
    }


SUBNET_GROUP = AwsType(
    token="aws:elasticache/subnetGroup:SubnetGroup",
    service="elasticache",
    cloudformation="AWS::ElastiCache::SubnetGroup",
    list=_list_subnet_groups,
    read=_read_subnet_group,
    identify=lambda raw: str(raw["CacheSubnetGroupName"]),
    normalise=_subnet_group,
    key=("name",),
    replace=frozenset({"name"}),
    defaults={"description": "Managed by Pulumi"},
    unordered=frozenset({"subnetIds"}),
)

REPLICATION_GROUP = AwsType(
    token="aws:elasticache/replicationGroup:ReplicationGroup",
    service="elasticache",
    cloudformation="AWS::ElastiCache::ReplicationGroup",
    list=_list_groups,
    read=_read_group,
    identify=lambda raw: str(raw["ReplicationGroupId"]),
    normalise=_group,
    key=("replicationGroupId",),
    replace=frozenset(
        {
            "atRestEncryptionEnabled",
            "dataTieringEnabled",
            "globalReplicationGroupId",
            "kmsKeyId",
            "networkType",
            "port",
            "replicationGroupId",
            "securityGroupNames",
            "snapshotArns",
            "snapshotName",
            "subnetGroupName",
        }
    ),
    replace_source={"securityGroupNames": "Terraform's ForceNew"},
    defaults={
        "authTokenUpdateStrategy": "ROTATE",
        "automaticFailoverEnabled": False,
        "engine": "redis",
        "multiAzEnabled": False,
    },
    computed=frozenset(
        {
            "applyImmediately",
            "atRestEncryptionEnabled",
            "autoMinorVersionUpgrade",
            "clusterMode",
            "dataTieringEnabled",
            "durability",
            "engineVersion",
            "ipDiscovery",
            "kmsKeyId",
            "maintenanceWindow",
            "networkType",
            "nodeType",
            "numCacheClusters",
            "numNodeGroups",
            "parameterGroupName",
            "port",
            "replicasPerNodeGroup",
            "securityGroupIds",
            "snapshotRetentionLimit",
            "snapshotWindow",
            "subnetGroupName",
            "transitEncryptionEnabled",
            "transitEncryptionMode",
        }
    ),
    unordered=frozenset({"logDeliveryConfigurations", "securityGroupIds", "userGroupIds"}),
    versions=frozenset({"engineVersion"}),
    watched=frozenset({"transitEncryptionMode"}),  # "preferred" talks to whoever does not encrypt
    write_only=frozenset(
        {
            "applyImmediately",
            "authToken",
            "authTokenUpdateStrategy",
            "authTokenWo",
            "authTokenWoVersion",
            "finalSnapshotIdentifier",
            "globalReplicationGroupId",
            # How the nodes were spread at birth; AWS moves them later.
            "nodeGroupConfigurations",
            "preferredCacheClusterAzs",
            "securityGroupNames",
            "snapshotArns",
            "snapshotName",
        }
    ),
    stateful=True,
)

TYPES = (SUBNET_GROUP, REPLICATION_GROUP)
