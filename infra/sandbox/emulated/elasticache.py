"""ElastiCache: subnet groups that change and go, groups that keep what they are told."""

from __future__ import annotations

from typing import Any

from infra.sandbox.emulation import answer

OPERATIONS = (
    "elasticache:CreateReplicationGroup",
    "elasticache:DecreaseReplicaCount",
    "elasticache:DeleteCacheSubnetGroup",
    "elasticache:DeleteReplicationGroup",
    "elasticache:DescribeCacheClusters",
    "elasticache:IncreaseReplicaCount",
    "elasticache:ModifyCacheSubnetGroup",
    "elasticache:ModifyReplicationGroup",
)

_PLAIN = {
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
    "CacheNodeType": "cache_node_type",
    "CacheParameterGroupName": "cache_parameter_group_name",
    "Engine": "engine",
    "EngineVersion": "engine_version",
    "IpDiscovery": "ip_discovery",
    "NotificationTopicArn": "notification_topic_arn",
    "PreferredMaintenanceWindow": "preferred_maintenance_window",
    "ReplicationGroupDescription": "description",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "SnapshotWindow": "snapshot_window",
    "TransitEncryptionEnabled": "transit_encryption_enabled",
    "TransitEncryptionMode": "transit_encryption_mode",
}
_STATES = {"AutomaticFailoverEnabled": "automatic_failover", "MultiAZEnabled": "multi_az"}
_VERSIONS = {"redis": "7.1.0", "valkey": "8.0.1"}


def install() -> None:
    """Put it into moto."""
    from moto.elasticache import models
    from moto.elasticache.responses import ElastiCacheResponse
    from moto.moto_api._internal import mock_random

    # The endpoints come from here and must be the same when the recording is replayed.
    models.__dict__["random"] = mock_random
    answer(
        ElastiCacheResponse,
        create_replication_group=_create_group(ElastiCacheResponse.create_replication_group),
        decrease_replica_count=_count_replicas,
        delete_cache_subnet_group=_delete_subnet_group,
        delete_replication_group=_delete_group(ElastiCacheResponse.delete_replication_group),
        describe_cache_clusters=_describe_clusters(ElastiCacheResponse.describe_cache_clusters),
        increase_replica_count=_count_replicas,
        modify_cache_subnet_group=_modify_subnet_group,
        modify_replication_group=_modify_group,
    )


def _subnet_group(self: Any) -> Any:
    name = self._get_param("CacheSubnetGroupName")
    return self.elasticache_backend.describe_cache_subnet_groups(name)[0]


def _modify_subnet_group(self: Any) -> Any:
    from moto.core.responses import ActionResult
    from moto.elasticache.models import CacheSubnetGroup

    backend, old = self.elasticache_backend, _subnet_group(self)
    said = self._get_param("CacheSubnetGroupDescription")
    group = CacheSubnetGroup(
        account_id=backend.account_id,
        region_name=backend.region_name,
        cache_subnet_group_name=old.cache_subnet_group_name,
        cache_subnet_group_description=said or old.cache_subnet_group_description,
        subnet_ids=self._get_param("SubnetIds") or old.subnet_ids,
        tags=old.tags,
    )
    backend.cache_subnet_groups[group.cache_subnet_group_name] = group
    return ActionResult({"CacheSubnetGroup": group})


def _delete_subnet_group(self: Any) -> Any:
    from moto.core.responses import EmptyResult
    from moto.elasticache.exceptions import ElastiCacheException

    backend, name = self.elasticache_backend, _subnet_group(self).cache_subnet_group_name
    groups = backend.replication_groups.values()
    if any(group.cache_subnet_group_name == name for group in groups):
        error = ElastiCacheException(f"Cache subnet group {name} is currently in use.")
        error.code = "CacheSubnetGroupInUse"
        raise error
    del backend.cache_subnet_groups[name]
    return EmptyResult()


def _create_group(create: Any) -> Any:
    def emulated(self: Any) -> Any:
        if self._get_param("CacheSubnetGroupName"):
            _subnet_group(self)  # moto accepts one that is not there
        shards = self._get_int_param("NumNodeGroups") or 1
        if shards > 1 and not self._get_param("ClusterMode"):
            self.params["ClusterMode"] = "enabled"
        nodes = self._get_int_param("NumCacheClusters") or 1
        if nodes > 1 and shards == 1:
            self.params["ReplicasPerNodeGroup"] = nodes - 1
        result = create(self)
        group = _group(self)
        group.auto_minor_version_upgrade = self._get_param("AutoMinorVersionUpgrade") is not False
        group.engine_version = _whole_version(group.engine, group.engine_version)
        return result

    return emulated


def _whole_version(engine: str, said: str | None) -> str:
    """The version that AWS would run: it answers with three numbers whatever it was asked for."""
    known = _VERSIONS.get(engine, "7.1.0")
    if not said or f"{known}.".startswith(f"{said}."):
        return known
    return said if said.count(".") > 1 else f"{said}.0"


def _group(self: Any) -> Any:
    name = self._get_param("ReplicationGroupId")
    return self.elasticache_backend.describe_replication_groups(name)[0]


def _modify_group(self: Any) -> Any:
    from moto.core.responses import ActionResult

    group = _group(self)
    for theirs, ours in _PLAIN.items():
        if (value := self._get_param(theirs)) is not None:
            setattr(group, ours, value)
    for theirs, ours in _STATES.items():
        if (value := self._get_bool_param(theirs)) is not None:
            setattr(group, ours, "enabled" if value else "disabled")
    group.engine_version = _whole_version(group.engine, group.engine_version)
    group.user_group_ids = _without(
        [*group.user_group_ids, *self._get_param("UserGroupIdsToAdd", [])],
        self._get_param("UserGroupIdsToRemove", []),
    )
    _log(group, self._get_param("LogDeliveryConfigurations", []))
    if self._get_param("AuthToken"):
        group.auth_token_enabled = True
    return ActionResult({"ReplicationGroup": group})


def _without(items: list[str], gone: list[str]) -> list[str]:
    return [item for item in items if item not in gone]


def _log(group: Any, changes: list[Any]) -> None:
    """Each log type has one place that it is delivered to."""
    for change in changes:
        kind = change["LogType"]
        kept = [log for log in group.log_delivery_configurations if log["LogType"] != kind]
        wanted = [change] if change.get("Enabled", True) else []
        told = group._get_log_delivery_configurations(wanted)
        group.log_delivery_configurations = [*kept, *told]


def _count_replicas(self: Any) -> Any:
    """Make the nodes of the one shard anew, as many as are wanted."""
    from moto.core.responses import ActionResult

    group, shard = _group(self), _group(self).node_groups[0]
    group.member_clusters.clear()
    shard["node_group_members"] = []
    group._set_node_members_clusters_disabled(
        member_clusters=group.member_clusters,
        replication_group_id=group.replication_group_id,
        replication_group_domain=shard["primary_endpoint"]["address"].removeprefix("master."),
        node_group=shard,
        preferred_cache_cluster_azs=[],
        num_cache_clusters=1,
        replicas_per_node_group=self._get_int_param("NewReplicaCount"),
    )
    return ActionResult({"ReplicationGroup": group})


def _delete_group(delete: Any) -> Any:
    def emulated(self: Any) -> Any:
        result = delete(self)
        del self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")]
        return result

    return emulated


def _describe_clusters(describe: Any) -> Any:
    def emulated(self: Any) -> Any:
        from moto.core.responses import PaginatedResult

        wanted = self._get_param("CacheClusterId")
        members = [
            _cluster(group, name)
            for group in self.elasticache_backend.replication_groups.values()
            for name in group.member_clusters
            if wanted in (None, name)
        ]
        if wanted:
            return PaginatedResult({"CacheClusters": members}) if members else describe(self)
        return PaginatedResult(
            {"CacheClusters": [*members, *self.elasticache_backend.describe_cache_clusters()]}
        )

    return emulated


def _cluster(group: Any, name: str) -> dict[str, Any]:
    topic = group.notification_topic_arn
    told = {"TopicArn": topic, "TopicStatus": "active"} if topic else None
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "CacheNodeType": group.cache_node_type,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name
            or f"default.{group.engine}{group.engine_version.split('.')[0]}"
        },
        "CacheSubnetGroupName": group.cache_subnet_group_name or "default",
        "Engine": group.engine,
        "EngineVersion": group.engine_version,
        "NotificationConfiguration": told,
        "PreferredMaintenanceWindow": group.preferred_maintenance_window or "sun:05:00-sun:06:00",
        "ReplicationGroupId": group.replication_group_id,
        "SecurityGroups": [
            {"SecurityGroupId": item, "Status": "active"} for item in group.security_group_ids or ()
        ],
    }
