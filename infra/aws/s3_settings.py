"""S3: what configures a bucket, each a type of its own whose id is the bucket's name.

Each reads one sub-resource of the bucket; AWS's "there is none" means that the type is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one
from infra.aws.s3 import GONE, names
from infra.aws.shape import camel

LIFECYCLE_NAMES: Mapping[str, str] = {"ID": "id"}

_Get = Callable[[Any, str], Any]


def _setting(
    name: str, get: _Get, normalise: Callable[[Any], Props], *absent: str, **more: Any
) -> AwsType:
    """The type `name`, read by `get(s3, bucket)`; an empty answer or `absent` means none."""

    def read(aws: Aws, bucket: str, _state: Props) -> Raw | None:
        found = one(lambda: get(aws.client("s3"), bucket), *GONE, *absent)
        return {"bucket": bucket, "is": found} if found else None

    def walk(aws: Aws) -> Iterable[Raw]:
        return aws.each(lambda bucket: read(aws, bucket, {}), names(aws))

    return AwsType(
        token=f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        service="s3",
        parent="bucket",
        list=walk,
        read=read,
        identify=lambda raw: str(raw["bucket"]),
        normalise=lambda raw: {"bucket": raw["bucket"], **normalise(raw["is"])},
        key=("bucket",),
        replace=frozenset({"bucket", "expectedBucketOwner"}),
        **more,
    )


def _versioning(found: Props) -> Props:
    deletion = {"mfaDelete": found["MFADelete"]} if "MFADelete" in found else {}
    return {"versioningConfiguration": {"status": found["Status"], **deletion}}


def _get_versioning(s3: Any, bucket: str) -> Any:
    found = s3.get_bucket_versioning(Bucket=bucket)
    return found if found.get("Status") else None


def _encryption(found: Props) -> Props:
    rules = found["ServerSideEncryptionConfiguration"]["Rules"]
    return {"rules": [_encryption_rule(rule) for rule in rules]}


def _encryption_rule(rule: Props) -> Props:
    by = rule.get("ApplyServerSideEncryptionByDefault", {})
    return {
        "applyServerSideEncryptionByDefault": {
            "sseAlgorithm": by.get("SSEAlgorithm", ""),
            "kmsMasterKeyId": by.get("KMSMasterKeyID", ""),
        },
        "bucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        "blockedEncryptionTypes": rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", []),
    }


def _public_access(found: Props) -> Props:
    return dict(camel(found["PublicAccessBlockConfiguration"]))


def _ownership(found: Props) -> Props:
    return {"rule": camel(found["OwnershipControls"]["Rules"][0])}


def _lifecycle(found: Props) -> Props:
    return {
        "rules": [_lifecycle_rule(rule) for rule in found["Rules"]],
        "transitionDefaultMinimumObjectSize": found.get("TransitionDefaultMinimumObjectSize", ""),
    }


def _lifecycle_rule(rule: Props) -> Props:
    live: Props = camel(rule, LIFECYCLE_NAMES)
    both = live.get("filter", {}).get("and", {})
    if "tags" in both:
        both["tags"] = {tag["key"]: tag["value"] for tag in both["tags"]}
    for timed in (live.get("expiration", {}), *live.get("transitions", ())):
        if "date" in timed:
            timed["date"] = timed["date"].strftime("%Y-%m-%dT%H:%M:%SZ")
    return live


def _logging(found: Props) -> Props:
    logging = found["LoggingEnabled"]
    return {
        "targetBucket": logging["TargetBucket"],
        "targetPrefix": logging["TargetPrefix"],
        "targetGrants": camel(logging.get("TargetGrants", []), {"ID": "id", "URI": "uri"}),
        "targetObjectKeyFormat": camel(logging.get("TargetObjectKeyFormat")),
    }


def _get_logging(s3: Any, bucket: str) -> Any:
    found = s3.get_bucket_logging(Bucket=bucket)
    return found if found.get("LoggingEnabled") else None


def _lock(found: Props) -> Props:
    lock = found["ObjectLockConfiguration"]
    return {"objectLockEnabled": lock["ObjectLockEnabled"], "rule": camel(lock.get("Rule"))}


TYPES = (
    _setting("BucketVersioning", _get_versioning, _versioning, write_only=frozenset({"mfa"})),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        lambda s3, bucket: s3.get_bucket_encryption(Bucket=bucket),
        _encryption,
        "ServerSideEncryptionConfigurationNotFoundError",
        # AWS blocks some types on its own.
        computed=frozenset({"rules.blockedEncryptionTypes"}),
    ),
    _setting(
        "BucketPublicAccessBlock",
        lambda s3, bucket: s3.get_public_access_block(Bucket=bucket),
        _public_access,
        "NoSuchPublicAccessBlockConfiguration",
        defaults={
            "blockPublicAcls": False,
            "blockPublicPolicy": False,
            "ignorePublicAcls": False,
            "restrictPublicBuckets": False,
        },
        write_only=frozenset({"skipDestroy"}),
    ),
    _setting(
        "BucketOwnershipControls",
        lambda s3, bucket: s3.get_bucket_ownership_controls(Bucket=bucket),
        _ownership,
        "OwnershipControlsNotFoundError",
    ),
    _setting(
        "BucketPolicy",
        lambda s3, bucket: s3.get_bucket_policy(Bucket=bucket),
        lambda found: {"policy": found["Policy"]},
        "NoSuchBucketPolicy",
        cloudformation="AWS::S3::BucketPolicy",
        documents=frozenset({"policy"}),
    ),
    _setting(
        "BucketLifecycleConfiguration",
        lambda s3, bucket: s3.get_bucket_lifecycle_configuration(Bucket=bucket),
        _lifecycle,
        "NoSuchLifecycleConfiguration",
        defaults={"transitionDefaultMinimumObjectSize": "all_storage_classes_128K"},
        unordered=frozenset({"rules.transitions", "rules.noncurrentVersionTransitions"}),
        write_only=frozenset({"timeouts"}),
    ),
    _setting("BucketLogging", _get_logging, _logging, unordered=frozenset({"targetGrants"})),
    _setting(
        "BucketObjectLockConfiguration",
        lambda s3, bucket: s3.get_object_lock_configuration(Bucket=bucket),
        _lock,
        "ObjectLockConfigurationNotFoundError",
        defaults={"objectLockEnabled": "Enabled"},
        write_only=frozenset({"token"}),
    ),
)
