"""The tenancy's PostgreSQL and its in-memory store."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.keys import Keys
from infra.components.network import Network

POSTGRES_PORT = 5432
CACHE_PORT = 6379


class Data(Component):
    """Stores in the data subnets, reached from the platform's tasks only."""

    manifest_key = "database"
    classification = "personal"

    def __init__(self, place: Place, network: Network, keys: Keys) -> None:
        super().__init__(place)
        self.database_group = self._group("database", network)
        self.cache_group = self._group("cache", network)
        self.database = self._database(network, keys)
        self.cache = self._cache(network, keys)
        self.done()

    def _group(self, name: str, network: Network) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            name,
            name=f"{self.place.prefix}-{name}",
            description=f"The {name}: the platform's tasks only",
            vpc_id=network.vpc.id,
            opts=self.named(),
        )

    def _database(self, network: Network, keys: Keys) -> aws.rds.Instance:
        country, prefix = self.place.country, self.place.prefix
        settings, production = country.database, country.production
        subnets = aws.rds.SubnetGroup(
            "database",
            name=f"{prefix}-database",
            description="The data subnets",
            subnet_ids=[subnet.id for subnet in network.data],
            opts=self.child(),
        )
        parameters = aws.rds.ParameterGroup(
            "database",
            name=f"{prefix}-postgres-{settings.version.split('.')[0]}",
            family=f"postgres{settings.version.split('.')[0]}",
            description="TLS only",
            parameters=[
                {"name": "rds.force_ssl", "value": "1", "apply_method": "immediate"},
                {"name": "log_connections", "value": "1", "apply_method": "immediate"},
            ],
            opts=self.child(),
        )
        return aws.rds.Instance(
            "database",
            identifier=f"{prefix}-database",
            engine="postgres",
            engine_version=settings.version,
            instance_class=settings.instance_class,
            allocated_storage=settings.storage_gb,
            max_allocated_storage=settings.storage_gb * 4,
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=keys.data.arn,
            db_name="platform",
            username="platform",
            manage_master_user_password=True,
            master_user_secret_kms_key_id=keys.data.arn,
            iam_database_authentication_enabled=True,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.database_group.id],
            publicly_accessible=False,
            multi_az=production,
            deletion_protection=self.place.protected,
            backup_retention_period=35 if production else 7,
            backup_window="01:00-02:00",
            maintenance_window="sat:02:30-sat:03:30",
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            enabled_cloudwatch_logs_exports=["postgresql"],
            skip_final_snapshot=not production,
            # A snapshot's name can be given once. The VPC's id tells this life of the tenancy from
            # an earlier one, whose last snapshot is still kept.
            final_snapshot_identifier=pulumi.Output.concat(
                prefix, "-database-final-", network.vpc.id
            )
            if production
            else None,
            delete_automated_backups=not production,
            apply_immediately=not production,
            opts=self.child(protect=self.place.protected),
        )

    def _cache(self, network: Network, keys: Keys) -> aws.elasticache.ReplicationGroup:
        country, prefix = self.place.country, self.place.prefix
        settings, production = country.cache, country.production
        subnets = aws.elasticache.SubnetGroup(
            "cache",
            name=f"{prefix}-cache",
            description="The data subnets",
            subnet_ids=[subnet.id for subnet in network.data],
            opts=self.child(),
        )
        return aws.elasticache.ReplicationGroup(
            "cache",
            replication_group_id=f"{prefix}-cache",
            description="Sessions and short-lived state of the platform",
            engine=settings.engine,
            engine_version=settings.version,
            node_type=settings.node_type,
            port=CACHE_PORT,
            num_cache_clusters=2 if production else 1,
            automatic_failover_enabled=production,
            multi_az_enabled=production,
            at_rest_encryption_enabled=True,
            kms_key_id=keys.data.arn,
            transit_encryption_enabled=True,
            subnet_group_name=subnets.name,
            security_group_ids=[self.cache_group.id],
            snapshot_retention_limit=7 if production else 0,
            auto_minor_version_upgrade=True,
            apply_immediately=not production,
            opts=self.child(),
        )
