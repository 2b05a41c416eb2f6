"""RDS."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made


def _force_no_tls(aws: Aws, state: Props) -> None:
    off = {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}
    aws.client("rds").modify_db_parameter_group(
        DBParameterGroupName=state["name"], Parameters=[off]
    )


def _expose(aws: Aws, state: Props) -> None:
    aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=state["identifier"], PubliclyAccessible=True, ApplyImmediately=True
    )


def _subnet(vpc: str, cidr: str, zone: str) -> Example:
    return Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made[vpc]["id"],
            "cidrBlock": cidr,
            "availabilityZone": f"eu-south-1{zone}",
            "tags": {"wasl:urn": f"test/rds-{zone}"},
        },
        name=f"rds-{zone}",
    )


def _database(made: Made) -> Props:
    return {
        "identifier": "wasl-jo",
        "instanceClass": "db.t4g.micro",
        "engine": "postgres",
        "engineVersion": "16",
        "allocatedStorage": 20,
        "maxAllocatedStorage": 100,
        "storageType": "gp3",
        "storageEncrypted": True,
        "kmsKeyId": made["rds-key"]["arn"],
        "dbName": "wasl",
        "username": "wasl",
        "manageMasterUserPassword": True,
        "masterUserSecretKmsKeyId": made["rds-key"]["arn"],
        "dbSubnetGroupName": made["SubnetGroup"]["name"],
        "parameterGroupName": made["ParameterGroup"]["name"],
        "multiAz": True,
        "backupRetentionPeriod": 7,
        "backupWindow": "02:00-03:00",
        "maintenanceWindow": "sun:04:00-sun:05:00",
        "copyTagsToSnapshot": True,
        "performanceInsightsEnabled": True,
        "performanceInsightsKmsKeyId": made["rds-key"]["arn"],
        "iamDatabaseAuthenticationEnabled": True,
        "enabledCloudwatchLogsExports": ["upgrade", "postgresql"],
        "caCertIdentifier": "rds-ca-rsa2048-g1",
        "deletionProtection": True,
        "applyImmediately": True,
        "skipFinalSnapshot": True,
        "tags": {"country": "jo"},
    }


_TLS = {"name": "rds.force_ssl", "value": "1"}

EXAMPLES = (
    Example("aws:kms/key:Key", lambda _: {"tags": {"wasl:urn": "test/rds-key"}}, name="rds-key"),
    Example(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.2.0.0/16", "tags": {"wasl:urn": "test/rds-vpc"}},
        name="rds-vpc",
    ),
    _subnet("rds-vpc", "10.2.1.0/24", "a"),
    _subnet("rds-vpc", "10.2.2.0/24", "b"),
    Example(
        "aws:rds/subnetGroup:SubnetGroup",
        lambda made: {
            "name": "wasl-jo-data",
            "subnetIds": [made["rds-b"]["id"], made["rds-a"]["id"]],
            "tags": {"country": "jo"},
        },
        change={"description": "data", "tags": {"country": "jo", "owner": "x"}},
        tamper=lambda aws, state: aws.client("rds").modify_db_subnet_group(
            DBSubnetGroupName=state["name"],
            DBSubnetGroupDescription="data",
            SubnetIds=state["subnetIds"][:1],
        ),
        tampered="subnetIds",
    ),
    Example(
        "aws:rds/parameterGroup:ParameterGroup",
        lambda _: {
            "name": "wasl-jo-postgres16",
            "family": "postgres16",
            "parameters": [
                _TLS,
                {"name": "log_connections", "value": "1"},
                {"name": "max_connections", "value": "200", "applyMethod": "pending-reboot"},
            ],
            "tags": {"country": "jo"},
        },
        change={
            "parameters": [_TLS, {"name": "log_statement", "value": "ddl"}],
            "tags": {"country": "tn"},
        },
        tamper=_force_no_tls,
        tampered="parameters[1].value",
    ),
    Example(
        "aws:rds/instance:Instance",
        _database,
        change={
            "deletionProtection": False,
            "enabledCloudwatchLogsExports": ["postgresql"],
            "instanceClass": "db.t4g.small",
            "performanceInsightsEnabled": False,
            "tags": {"country": "jo", "owner": "x"},
        },
        tamper=_expose,
        tampered="publiclyAccessible",
    ),
)
