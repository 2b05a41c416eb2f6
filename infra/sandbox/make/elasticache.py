"""ElastiCache: Valkey and Redis, and the subnets they live in."""

from __future__ import annotations

from typing import Any

from infra.aws.elasticache import REPLICATION_GROUP
from infra.aws.model import Aws, Props, Raw
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_PATIENCE = 3600.0

_MODIFIED = {
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "automaticFailoverEnabled": "AutomaticFailoverEnabled",
    "clusterMode": "ClusterMode",
    "description": "ReplicationGroupDescription",
    "engine": "Engine",
    "engineVersion": "EngineVersion",
    "ipDiscovery": "IpDiscovery",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "multiAzEnabled": "MultiAZEnabled",
    "nodeType": "CacheNodeType",
    "notificationTopicArn": "NotificationTopicArn",
    "parameterGroupName": "CacheParameterGroupName",
    "securityGroupIds": "SecurityGroupIds",
    "snapshotRetentionLimit": "SnapshotRetentionLimit",
    "snapshotWindow": "SnapshotWindow",
    "transitEncryptionEnabled": "TransitEncryptionEnabled",
    "transitEncryptionMode": "TransitEncryptionMode",
}
_CREATED = {
    **_MODIFIED,
    "atRestEncryptionEnabled": "AtRestEncryptionEnabled",
    "authToken": "AuthToken",
    "dataTieringEnabled": "DataTieringEnabled",
    "globalReplicationGroupId": "GlobalReplicationGroupId",
    "kmsKeyId": "KmsKeyId",
    "networkType": "NetworkType",
    "numCacheClusters": "NumCacheClusters",
    "numNodeGroups": "NumNodeGroups",
    "port": "Port",
    "preferredCacheClusterAzs": "PreferredCacheClusterAZs",
    "replicasPerNodeGroup": "ReplicasPerNodeGroup",
    "replicationGroupId": "ReplicationGroupId",
    "snapshotArns": "SnapshotArns",
    "snapshotName": "SnapshotName",
    "subnetGroupName": "CacheSubnetGroupName",
    "userGroupIds": "UserGroupIds",
}


def _retag(aws: Aws, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    client = aws.client("elasticache")
    if put:
        client.add_tags_to_resource(ResourceName=arn, Tags=pairs({"tags": put}))
    if gone:
        client.remove_tags_from_resource(ResourceName=arn, TagKeys=gone)


def _create_subnet_group(aws: Aws, props: Props) -> str:
    created = aws.client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName=props["name"],
        CacheSubnetGroupDescription=props["description"],
        SubnetIds=props["subnetIds"],
        Tags=pairs(props),
    )
    return str(created["CacheSubnetGroup"]["CacheSubnetGroupName"])


def _update_subnet_group(aws: Aws, name: str, old: Props, new: Props) -> None:
    changed = aws.client("elasticache").modify_cache_subnet_group(
        CacheSubnetGroupName=name,
        CacheSubnetGroupDescription=new["description"],
        SubnetIds=new["subnetIds"],
    )
    _retag(aws, changed["CacheSubnetGroup"]["ARN"], old, new)


def _create_group(aws: Aws, props: Props) -> str:
    arguments = {
        theirs: props[ours]
        for ours, theirs in _CREATED.items()
        if props.get(ours) not in (None, "", [])
    }
    logs = [_log(item) for item in props.get("logDeliveryConfigurations") or ()]
    created = aws.client("elasticache").create_replication_group(
        **arguments,
        **({"LogDeliveryConfigurations": logs} if logs else {}),
        Tags=pairs(props),
    )
    group_id = str(created["ReplicationGroup"]["ReplicationGroupId"])
    _wait(aws, group_id)
    return group_id


def _wait(aws: Aws, group_id: str) -> Raw:
    def ready() -> Raw | None:
        raw = REPLICATION_GROUP.read(aws, group_id, {})
        return raw if raw and raw["Status"] == "available" else None

    return wait_for(f"replication group {group_id}", ready, _PATIENCE)


def _log(item: Props) -> Props:
    details = {
        "cloudwatch-logs": {"CloudWatchLogsDetails": {"LogGroup": item["destination"]}},
        "kinesis-firehose": {"KinesisFirehoseDetails": {"DeliveryStream": item["destination"]}},
    }
    return {
        "DestinationDetails": details[item["destinationType"]],
        "DestinationType": item["destinationType"],
        "LogFormat": item["logFormat"],
        "LogType": item["logType"],
    }


def _update_group(aws: Aws, group_id: str, old: Props, new: Props) -> None:
    changes: dict[str, Any] = {
        theirs: new[ours]
        for ours, theirs in _MODIFIED.items()
        if new.get(ours) != old.get(ours) and new.get(ours) is not None
    }
    changes |= _users(old, new) | _logs(old, new) | _token(old, new)
    _resize(aws, group_id, old, new)
    if changes:
        aws.client("elasticache").modify_replication_group(
            ReplicationGroupId=group_id,
            ApplyImmediately=new.get("applyImmediately", False),
            **changes,
        )
    _retag(aws, _wait(aws, group_id)["ARN"], old, new)


def _users(old: Props, new: Props) -> Props:
    before, after = set(old.get("userGroupIds") or ()), set(new.get("userGroupIds") or ())
    changes = {
        "UserGroupIdsToAdd": sorted(after - before),
        "UserGroupIdsToRemove": sorted(before - after),
    }
    return {key: value for key, value in changes.items() if value}


def _logs(old: Props, new: Props) -> Props:
    before = {item["logType"]: item for item in old.get("logDeliveryConfigurations") or ()}
    after = {item["logType"]: item for item in new.get("logDeliveryConfigurations") or ()}
    changes: list[Props] = [_log(item) for key, item in after.items() if before.get(key) != item]
    changes += [{"LogType": key, "Enabled": False} for key in before if key not in after]
    return {"LogDeliveryConfigurations": changes} if changes else {}


def _token(old: Props, new: Props) -> Props:
    if new.get("authToken") in (None, "", old.get("authToken")):
        return {}
    return {
        "AuthToken": new["authToken"],
        "AuthTokenUpdateStrategy": new["authTokenUpdateStrategy"],
    }


def _resize(aws: Aws, group_id: str, old: Props, new: Props) -> None:
    """Bring the number of nodes to what is wanted; AWS counts replicas, not nodes."""
    if new.get("numNodeGroups", 1) != old.get("numNodeGroups", 1):
        aws.client("elasticache").modify_replication_group_shard_configuration(
            ReplicationGroupId=group_id,
            NodeGroupCount=new["numNodeGroups"],
            ApplyImmediately=True,
        )
    before, after = _replicas(old), _replicas(new)
    if before == after or after is None:
        return
    client = aws.client("elasticache")
    grow = before is None or after > before
    resize = client.increase_replica_count if grow else client.decrease_replica_count
    resize(ReplicationGroupId=group_id, NewReplicaCount=after, ApplyImmediately=True)
    _wait(aws, group_id)


def _replicas(props: Props) -> int | None:
    if props.get("numCacheClusters"):
        return int(props["numCacheClusters"]) - 1
    replicas = props.get("replicasPerNodeGroup")
    return None if replicas is None else int(replicas)


def _delete_group(aws: Aws, group_id: str, state: Props) -> None:
    last = state.get("finalSnapshotIdentifier")
    aws.client("elasticache").delete_replication_group(
        ReplicationGroupId=group_id, **({"FinalSnapshotIdentifier": last} if last else {})
    )
    gone = f"the end of replication group {group_id}"
    wait_for(gone, lambda: REPLICATION_GROUP.read(aws, group_id, {}) is None or None, _PATIENCE)


MAKERS = {
    "aws:elasticache/subnetGroup:SubnetGroup": Maker(
        _create_subnet_group,
        _update_subnet_group,
        lambda aws, name, _: aws.client("elasticache").delete_cache_subnet_group(
            CacheSubnetGroupName=name
        ),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Maker(
        _create_group, _update_group, _delete_group
    ),
}
