"""RDS: databases, the subnets they live in and the parameters that they run with."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

SAME = {
    "AllocatedStorage": "allocatedStorage",
    "AutoMinorVersionUpgrade": "autoMinorVersionUpgrade",
    "AvailabilityZone": "availabilityZone",
    "BackupRetentionPeriod": "backupRetentionPeriod",
    "BackupTarget": "backupTarget",
    "CACertificateIdentifier": "caCertIdentifier",
    "CharacterSetName": "characterSetName",
    "CopyTagsToSnapshot": "copyTagsToSnapshot",
    "DBInstanceClass": "instanceClass",
    "DBName": "dbName",
    "DatabaseInsightsMode": "databaseInsightsMode",
    "DedicatedLogVolume": "dedicatedLogVolume",
    "DeletionProtection": "deletionProtection",
    "Engine": "engine",
    "EngineLifecycleSupport": "engineLifecycleSupport",
    "EngineVersion": "engineVersion",
    "Iops": "iops",
    "KmsKeyId": "kmsKeyId",
    "LicenseModel": "licenseModel",
    "MasterUsername": "username",
    "MonitoringInterval": "monitoringInterval",
    "MonitoringRoleArn": "monitoringRoleArn",
    "MultiAZ": "multiAz",
    "NcharCharacterSetName": "ncharCharacterSetName",
    "NetworkType": "networkType",
    "PerformanceInsightsRetentionPeriod": "performanceInsightsRetentionPeriod",
    "PreferredBackupWindow": "backupWindow",
    "PreferredMaintenanceWindow": "maintenanceWindow",
    "PubliclyAccessible": "publiclyAccessible",
    "StorageEncrypted": "storageEncrypted",
    "StorageThroughput": "storageThroughput",
    "StorageType": "storageType",
    "Timezone": "timezone",
}
"""Members with one name in the create call and in the description."""


def _tags(aws: Aws, arn: str) -> list[dict[str, str]]:
    return aws.pages("rds", "list_tags_for_resource", "TagList", ResourceName=arn)


def _with_tags(aws: Aws, raw: Raw, arn: str) -> Raw:
    return {**raw, "TagList": _tags(aws, raw[arn])}


def _list_subnet_groups(aws: Aws) -> Iterable[Raw]:
    for group in aws.pages("rds", "describe_db_subnet_groups", "DBSubnetGroups"):
        if group["DBSubnetGroupName"] != "default":
            yield _with_tags(aws, group, "DBSubnetGroupArn")


def _read_subnet_group(aws: Aws, name: str, _state: Props) -> Raw | None:
    group = one(
        lambda: aws.client("rds").describe_db_subnet_groups(DBSubnetGroupName=name),
        "DBSubnetGroupNotFoundFault",
        key="DBSubnetGroups",
        pick=True,
    )
    return group and _with_tags(aws, group, "DBSubnetGroupArn")


def _subnet_group(raw: Raw) -> Props:
    return {
        "arn": raw["DBSubnetGroupArn"],
        "description": raw["DBSubnetGroupDescription"],
        "name": raw["DBSubnetGroupName"],
        "subnetIds": [subnet["SubnetIdentifier"] for subnet in raw["Subnets"]],
        "supportedNetworkTypes": raw.get("SupportedNetworkTypes", []),
        "tags": tags(raw["TagList"]),
        "vpcId": raw["VpcId"],
    }


def _list_parameter_groups(aws: Aws) -> Iterable[Raw]:
    groups = aws.pages("rds", "describe_db_parameter_groups", "DBParameterGroups")
    ours = [group for group in groups if not group["DBParameterGroupName"].startswith("default.")]
    return aws.each(lambda group: _with_parameters(aws, group), ours)


def _read_parameter_group(aws: Aws, name: str, _state: Props) -> Raw | None:
    group = one(
        lambda: aws.client("rds").describe_db_parameter_groups(DBParameterGroupName=name),
        "DBParameterGroupNotFound",
        key="DBParameterGroups",
        pick=True,
    )
    return group and _with_parameters(aws, group)


def _with_parameters(aws: Aws, group: Raw) -> Raw:
    name = group["DBParameterGroupName"]
    parameters = aws.pages(
        "rds", "describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user"
    )
    return {**_with_tags(aws, group, "DBParameterGroupArn"), "Parameters": parameters}


def _parameter_group(raw: Raw) -> Props:
    return {
        "arn": raw["DBParameterGroupArn"],
        "description": raw["Description"],
        "family": raw["DBParameterGroupFamily"],
        "name": raw["DBParameterGroupName"],
        "parameters": [_parameter(item) for item in raw["Parameters"]],
        "tags": tags(raw["TagList"]),
    }


def _parameter(raw: Raw) -> Props:
    return {
        "applyMethod": raw.get("ApplyMethod", "immediate"),
        "name": raw["ParameterName"],
        "value": raw.get("ParameterValue", ""),
    }


def _list_instances(aws: Aws) -> Iterable[Raw]:
    instances = aws.pages("rds", "describe_db_instances", "DBInstances")
    # Members of a cluster are another type.
    return (instance for instance in instances if not instance.get("DBClusterIdentifier"))


def _read_instance(aws: Aws, identifier: str, _state: Props) -> Raw | None:
    instance: Raw | None = one(
        lambda: aws.client("rds").describe_db_instances(DBInstanceIdentifier=identifier),
        "DBInstanceNotFound",
        key="DBInstances",
        pick=True,
    )
    return instance


def _instance(raw: Raw) -> Props:
    return {
        **{ours: raw[theirs] for theirs, ours in SAME.items() if theirs in raw},
        **_instance_groups(raw),
        **_instance_outputs(raw),
        "enabledCloudwatchLogsExports": raw.get("EnabledCloudwatchLogsExports", []),
        "iamDatabaseAuthenticationEnabled": raw.get("IAMDatabaseAuthenticationEnabled", False),
        "identifier": raw["DBInstanceIdentifier"],
        # AWS answers none, or the storage there is, where it may not grow.
        "maxAllocatedStorage": _ceiling(raw),
        "performanceInsightsEnabled": raw.get("PerformanceInsightsEnabled", False),
        "performanceInsightsKmsKeyId": raw.get("PerformanceInsightsKMSKeyId", ""),
        "replicateSourceDb": raw.get("ReadReplicaSourceDBInstanceIdentifier", ""),
        "tags": tags(raw.get("TagList")),
    }


def _ceiling(raw: Raw) -> int:
    ceiling = int(raw.get("MaxAllocatedStorage") or 0)
    return ceiling if ceiling > int(raw["AllocatedStorage"]) else 0


def _instance_groups(raw: Raw) -> Props:
    secret = raw.get("MasterUserSecret") or {}
    options = raw.get("OptionGroupMemberships") or [{}]
    parameters = raw.get("DBParameterGroups") or [{}]
    return {
        "dbSubnetGroupName": (raw.get("DBSubnetGroup") or {}).get("DBSubnetGroupName", ""),
        "manageMasterUserPassword": bool(secret),
        "masterUserSecretKmsKeyId": secret.get("KmsKeyId", ""),
        "optionGroupName": options[0].get("OptionGroupName", ""),
        "parameterGroupName": parameters[0].get("DBParameterGroupName", ""),
        "vpcSecurityGroupIds": [
            group["VpcSecurityGroupId"] for group in raw.get("VpcSecurityGroups", ())
        ],
    }


def _instance_outputs(raw: Raw) -> Props:
    endpoint, secret = raw.get("Endpoint") or {}, raw.get("MasterUserSecret")
    address, port = endpoint.get("Address", ""), endpoint.get("Port", 0)
    return {
        "address": address,
        "arn": raw["DBInstanceArn"],
        "endpoint": f"{address}:{port}" if address else "",
        "engineVersionActual": raw["EngineVersion"],
        "hostedZoneId": endpoint.get("HostedZoneId", ""),
        "masterUserSecrets": [
            {
                "kmsKeyId": secret["KmsKeyId"],
                "secretArn": secret["SecretArn"],
                "secretStatus": secret["SecretStatus"],
            }
        ]
        if secret
        else [],
        "port": port,
        "replicas": raw.get("ReadReplicaDBInstanceIdentifiers", []),
        "resourceId": raw["DbiResourceId"],
        "status": raw["DBInstanceStatus"],
    }


SUBNET_GROUP = AwsType(
    token="aws:rds/subnetGroup:SubnetGroup",
    service="rds",
    cloudformation="AWS::RDS::DBSubnetGroup",
    list=_list_subnet_groups,
    read=_read_subnet_group,
    identify=lambda raw: str(raw["DBSubnetGroupName"]),
    normalise=_subnet_group,
    key=("name",),
    replace=frozenset({"name", "namePrefix"}),
    defaults={"description": "Managed by Pulumi"},
    unordered=frozenset({"subnetIds"}),
)

PARAMETER_GROUP = AwsType(
    token="aws:rds/parameterGroup:ParameterGroup",
    service="rds",
    cloudformation="AWS::RDS::DBParameterGroup",
    list=_list_parameter_groups,
    read=_read_parameter_group,
    identify=lambda raw: str(raw["DBParameterGroupName"]),
    normalise=_parameter_group,
    key=("name",),
    replace=frozenset({"description", "family", "name", "namePrefix"}),
    defaults={
        "description": "Managed by Pulumi",
        "skipDestroy": False,
        "parameters.applyMethod": "immediate",
    },
    unordered=frozenset({"parameters"}),
    write_only=frozenset({"skipDestroy"}),
)

INSTANCE = AwsType(
    token="aws:rds/instance:Instance",
    service="rds",
    cloudformation="AWS::RDS::DBInstance",
    list=_list_instances,
    read=_read_instance,
    identify=lambda raw: str(raw["DBInstanceIdentifier"]),
    normalise=_instance,
    key=("identifier",),
    replace=frozenset(
        {
            "availabilityZone",
            "backupTarget",
            "characterSetName",
            "customIamInstanceProfile",
            "dbName",
            "engine",
            "identifier",
            "identifierPrefix",
            "kmsKeyId",
            "ncharCharacterSetName",
            "restoreToPointInTime",
            "s3Import",
            "snapshotIdentifier",
            "storageEncrypted",
            "timezone",
            "username",
        }
    ),
    replace_source={
        "availabilityZone": "the real provider's recorded force-new inputs",
        "engine": "the real provider's recorded force-new inputs",
        "identifier": "AWS can rename; the real provider's recorded traffic replaces",
        "restoreToPointInTime": "the real provider's recorded force-new inputs",
        "s3Import": "how an instance was born cannot change",
        "snapshotIdentifier": "the real provider's recorded force-new inputs",
    },
    defaults={
        "applyImmediately": False,
        "autoMinorVersionUpgrade": True,
        "copyTagsToSnapshot": False,
        "deleteAutomatedBackups": True,
        "monitoringInterval": 0,
        "performanceInsightsEnabled": False,
        "publiclyAccessible": False,
        "skipFinalSnapshot": False,
    },
    computed=frozenset(
        {
            "allocatedStorage",
            "availabilityZone",
            "backupRetentionPeriod",
            "backupTarget",
            "backupWindow",
            "caCertIdentifier",
            "characterSetName",
            "databaseInsightsMode",
            "dbName",
            "dbSubnetGroupName",
            "engine",
            "engineLifecycleSupport",
            "engineVersion",
            "iops",
            "kmsKeyId",
            "licenseModel",
            "maintenanceWindow",
            "masterUserSecretKmsKeyId",
            "monitoringRoleArn",
            "multiAz",
            "ncharCharacterSetName",
            "networkType",
            "optionGroupName",
            "parameterGroupName",
            "performanceInsightsKmsKeyId",
            "performanceInsightsRetentionPeriod",
            "port",
            "storageThroughput",
            "storageType",
            "timezone",
            "username",
            "vpcSecurityGroupIds",
        }
    ),
    unordered=frozenset({"domainDnsIps", "enabledCloudwatchLogsExports", "vpcSecurityGroupIds"}),
    versions=frozenset({"engineVersion"}),
    write_only=frozenset(
        {
            "allowMajorVersionUpgrade",
            "applyImmediately",
            "blueGreenUpdate",
            "deleteAutomatedBackups",
            "finalSnapshotIdentifier",
            "password",
            "passwordWo",
            "passwordWoVersion",
            "restoreToPointInTime",
            "s3Import",
            "skipFinalSnapshot",
            "snapshotIdentifier",
            "upgradeStorageConfig",
        }
    ),
    stateful=True,
)

TYPES = (SUBNET_GROUP, PARAMETER_GROUP, INSTANCE)
