"""Changes to what holds data: buckets, keys, databases, secrets, backups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.live.tampering import STRANGER, UNASKED, Change, Hand, policy

EVERYBODY = "arn:aws:iam::999999999999:root"
ENCRYPTED = "BucketServerSideEncryptionConfiguration backups rules[0]"


def bucket(hand: Hand, name: str) -> str:
    return hand.id("Bucket", name)


def _public_block(hand: Hand) -> None:
    block = {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": False,
    }
    hand.client("s3").put_public_access_block(
        Bucket=bucket(hand, "content"), PublicAccessBlockConfiguration=block
    )


def _encryption(hand: Hand) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    hand.client("s3").put_bucket_encryption(
        Bucket=bucket(hand, "backups"), ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _bucket_policy(hand: Hand) -> None:
    name = bucket(hand, "backups")
    opened = policy("s3:GetObject", resource=f"arn:aws:s3:::{name}/*")
    hand.client("s3").put_bucket_policy(Bucket=name, Policy=opened)


def _lifecycle(hand: Hand) -> None:
    s3, name = hand.client("s3"), bucket(hand, "backups")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    rules[0]["Expiration"] = {"Days": 1}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _acl(hand: Hand) -> None:
    s3, name = hand.client("s3"), bucket(hand, "audit")
    rules = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=rules)
    s3.put_bucket_acl(Bucket=name, ACL="public-read")


def _lock(hand: Hand) -> None:
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    hand.client("s3").put_object_lock_configuration(
        Bucket=bucket(hand, "audit"),
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
    )


def _bucket_tags(hand: Hand) -> None:
    s3, name = hand.client("s3"), bucket(hand, "content")
    tags = s3.get_bucket_tagging(Bucket=name)["TagSet"]
    changed = [{**tag, "Value": "public"} if tag["Key"] == "owner" else tag for tag in tags]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": changed})


def _new_bucket(region: str, name: str) -> Callable[[Hand], None]:
    def make(hand: Hand) -> None:
        place = {"LocationConstraint": region}
        account = bucket(hand, "content").rpartition("-")[2]
        hand.client("s3", region).create_bucket(
            Bucket=f"{name}-{account}", CreateBucketConfiguration=place
        )

    return make


def _replicate(hand: Hand) -> None:
    rule = {
        "ID": "away",
        "Status": "Enabled",
        "Prefix": "",
        "Destination": {"Bucket": "arn:aws:s3:::somebody-elses-bucket"},
    }
    configuration = {"Role": hand.out("Role", "backup", "arn"), "Rules": [rule]}
    hand.client("s3").put_bucket_replication(
        Bucket=bucket(hand, "content"), ReplicationConfiguration=configuration
    )


def _key_policy(hand: Hand) -> None:
    opened = policy("kms:*", principal={"AWS": EVERYBODY})
    hand.client("kms").put_key_policy(
        KeyId=hand.id("Key", "logs"), PolicyName="default", Policy=opened
    )


def _grant(hand: Hand) -> None:
    hand.client("kms").create_grant(
        KeyId=hand.id("Key", "data"), GranteePrincipal=EVERYBODY, Operations=["Decrypt"]
    )


def _database(**arguments: Any) -> Callable[[Hand], None]:
    def modify(hand: Hand) -> None:
        hand.client("rds").modify_db_instance(
            DBInstanceIdentifier=hand.id("Instance", "database"),
            ApplyImmediately=True,
            **arguments,
        )

    return modify


def _snapshot(hand: Hand) -> None:
    rds, name = hand.client("rds"), "somebodys"
    rds.create_db_snapshot(
        DBSnapshotIdentifier=name, DBInstanceIdentifier=hand.id("Instance", "database")
    )
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=["all"]
    )


def _cache_copy(hand: Hand) -> None:
    hand.client("elasticache").create_snapshot(
        SnapshotName="somebodys", ReplicationGroupId=hand.id("ReplicationGroup", "cache")
    )


def _disk_copy(hand: Hand) -> None:
    ec2 = hand.client("ec2")
    zone = ec2.describe_availability_zones()["AvailabilityZones"][0]["ZoneName"]
    disk = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    copy = ec2.create_snapshot(VolumeId=disk)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=copy,
        Attribute="createVolumePermission",
        OperationType="add",
        UserIds=["999999999999"],
    )


def _parameters(hand: Hand) -> None:
    off = {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}
    hand.client("rds").modify_db_parameter_group(
        DBParameterGroupName=hand.id("ParameterGroup", "database"), Parameters=[off]
    )


def _database_subnets(hand: Hand) -> None:
    subnets = [hand.id("Subnet", "public-1"), hand.id("Subnet", "public-2")]
    hand.client("rds").modify_db_subnet_group(
        DBSubnetGroupName=hand.id("SubnetGroup", "database"), SubnetIds=subnets
    )


def _secret_policy(hand: Hand) -> None:
    opened = policy("secretsmanager:GetSecretValue", principal={"AWS": EVERYBODY})
    hand.client("secretsmanager").put_resource_policy(
        SecretId=hand.id("Secret", "partner"), ResourcePolicy=opened
    )


def _secret_key(hand: Hand) -> None:
    hand.client("secretsmanager").update_secret(
        SecretId=hand.id("Secret", "sign-in"), KmsKeyId="alias/aws/secretsmanager"
    )


def _replicate_secret(hand: Hand) -> None:
    hand.client("secretsmanager").replicate_secret_to_regions(
        SecretId=hand.id("Secret", "sign-in"), AddReplicaRegions=[{"Region": "us-west-2"}]
    )


def _unselected(hand: Hand) -> None:
    plan, _, selection = hand.id("Selection", "stores").partition("|")
    hand.client("backup").delete_backup_selection(BackupPlanId=plan, SelectionId=selection)


CHANGES = {
    "a bucket no longer keeps public policies out": Change(
        _public_block,
        ("changed BucketPublicAccessBlock content restrictPublicBuckets",),
        security=True,
    ),
    "public access is not blocked at all": Change(
        lambda hand: hand.client("s3").delete_public_access_block(Bucket=bucket(hand, "logs")),
        ("missing BucketPublicAccessBlock logs",),
        security=True,
    ),
    "old versions are kept no more": Change(
        lambda hand: hand.client("s3").put_bucket_versioning(
            Bucket=bucket(hand, "backups"), VersioningConfiguration={"Status": "Suspended"}
        ),
        ("changed BucketVersioning backups versioningConfiguration.status",),
        security=True,
    ),
    "a bucket is encrypted without our key": Change(
        _encryption,
        (
            f"changed {ENCRYPTED}.applyServerSideEncryptionByDefault.kmsMasterKeyId",
            f"changed {ENCRYPTED}.applyServerSideEncryptionByDefault.sseAlgorithm",
            f"changed {ENCRYPTED}.bucketKeyEnabled",
        ),
        security=True,
    ),
    "a bucket is opened to everybody": Change(
        _bucket_policy, ("changed BucketPolicy backups policy",), security=True
    ),
    "access is logged no more": Change(
        lambda hand: hand.client("s3").put_bucket_logging(
            Bucket=bucket(hand, "backups"), BucketLoggingStatus={}
        ),
        ("missing BucketLogging backups",),
        security=True,
    ),
    "backups expire after a day": Change(
        _lifecycle,
        ("unmanaged BucketLifecycleConfiguration backups rules[0].expiration",),
        security=True,
    ),
    "an access list makes a bucket public": Change(
        _acl,
        (
            "changed BucketOwnershipControls audit rule.objectOwnership",
            "unmanaged BucketAcl",
        ),
        security=True,
    ),
    "a default retention locks what is written": Change(
        _lock, ("changed BucketObjectLockConfiguration audit rule",), security=True
    ),
    "a bucket's owner is another": Change(
        _bucket_tags, ("changed Bucket content tags.owner",), security=False
    ),
    "a bucket that nobody described": Change(
        _new_bucket("eu-south-1", "somebodys"), ("unmanaged Bucket",), STRANGER, security=True
    ),
    "a bucket outside the contract": Change(
        _new_bucket("us-west-2", "abroad"), ("residency Bucket region",), STRANGER, security=True
    ),
    "content is copied to somebody else's bucket": Change(
        _replicate, ("residency BucketReplicationConfig",), STRANGER, security=True
    ),
    "a key is rotated no more": Change(
        lambda hand: hand.client("kms").disable_key_rotation(KeyId=hand.id("Key", "data")),
        ("changed Key data enableKeyRotation",),
        security=True,
    ),
    "a key serves another account": Change(
        _key_policy, ("changed Key logs policy",), security=True
    ),
    "a key is disabled": Change(
        lambda hand: hand.client("kms").disable_key(KeyId=hand.id("Key", "content")),
        ("changed Key content isEnabled",),
        security=True,
    ),
    "a key waits for its deletion": Change(
        lambda hand: hand.client("kms").schedule_key_deletion(
            KeyId=hand.id("Key", "backups"), PendingWindowInDays=7
        ),
        ("missing Key backups",),
        security=True,
    ),
    "an alias names another key": Change(
        lambda hand: hand.client("kms").update_alias(
            AliasName=hand.id("Alias", "content"), TargetKeyId=hand.id("Key", "logs")
        ),
        ("changed Alias content targetKeyId",),
        security=True,
    ),
    "somebody may decrypt": Change(_grant, ("unmanaged Grant",), STRANGER, security=True),
    "a key that nobody described": Change(
        lambda hand: hand.client("kms").create_key(
            Description="somebody's", KeyUsage="ENCRYPT_DECRYPT"
        ),
        ("unmanaged Key",),
        STRANGER,
        security=True,
    ),
    "the database is reachable from everywhere": Change(
        _database(PubliclyAccessible=True),
        ("changed Instance database publiclyAccessible",),
        security=True,
    ),
    "the database is hardly backed up": Change(
        _database(BackupRetentionPeriod=1),
        ("changed Instance database backupRetentionPeriod",),
        security=True,
    ),
    "the database is of another size": Change(
        _database(DBInstanceClass="db.t4g.large"),
        ("changed Instance database instanceClass",),
        security=False,
    ),
    "the database takes plain connections": Change(
        _parameters, ("changed ParameterGroup database parameters[1].value",), security=True
    ),
    "the database may live in public subnets": Change(
        _database_subnets, ("changed SubnetGroup database subnetIds",), security=True
    ),
    "the cache is not kept": Change(
        lambda hand: hand.client("elasticache").modify_replication_group(
            ReplicationGroupId=hand.id("ReplicationGroup", "cache"),
            SnapshotRetentionLimit=9,
            ApplyImmediately=True,
        ),
        ("changed ReplicationGroup cache snapshotRetentionLimit",),
        security=True,
    ),
    "a copy of the database is open to everybody": Change(
        _snapshot, ("unmanaged Snapshot",), STRANGER, security=True
    ),
    "the cache is copied": Change(_cache_copy, ("unmanaged Snapshot",), STRANGER, security=True),
    "a disk is copied for another account": Change(
        _disk_copy, ("unmanaged Snapshot",), STRANGER, security=True
    ),
    "a secret is open to another account": Change(
        _secret_policy, ("changed Secret partner policy",), UNASKED, security=True
    ),
    "a secret is encrypted by AWS's key": Change(
        _secret_key, ("changed Secret sign-in kmsKeyId",), security=True
    ),
    "a secret is copied out of the contract": Change(
        _replicate_secret, ("residency Secret sign-in replicas",), security=True
    ),
    "a secret that nobody described": Change(
        lambda hand: hand.client("secretsmanager").create_secret(Name="somebodys"),
        ("unmanaged Secret",),
        STRANGER,
        security=True,
    ),
    "nothing is backed up": Change(_unselected, ("missing Selection stores",), security=True),
    "a vault that nobody described": Change(
        lambda hand: hand.client("backup").create_backup_vault(BackupVaultName="somebodys"),
        ("unmanaged Vault",),
        STRANGER,
        security=True,
    ),
}
