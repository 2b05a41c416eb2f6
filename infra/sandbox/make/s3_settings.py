"""S3: what configures a bucket. Each is one put, as the real provider does it.

The bucket is the program's own and these are its settings, so a put over a setting that AWS gave
the bucket itself is no adoption.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.aws.model import Aws, Props
from infra.aws.s3_settings import LIFECYCLE_NAMES
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker

_Call = Callable[[Any, Props], Any]


def _maker(put: _Call, remove: _Call) -> Maker:
    def create(aws: Aws, props: Props) -> str:
        put(aws.client("s3"), props)
        return str(props["bucket"])

    return Maker(
        create,
        lambda aws, _id, _old, new: put(aws.client("s3"), new),
        lambda aws, _id, state: remove(aws.client("s3"), state),
    )


def _put_versioning(s3: Any, props: Props) -> None:
    wanted = props["versioningConfiguration"]
    configuration = {"Status": wanted["status"]}
    if wanted.get("mfaDelete"):
        configuration["MFADelete"] = wanted["mfaDelete"]
    # A bucket that never was versioned is `Disabled` already and cannot be told so.
    if wanted["status"] != "Disabled":
        s3.put_bucket_versioning(
            Bucket=props["bucket"],
            VersioningConfiguration=configuration,
            **({"MFA": props["mfa"]} if props.get("mfa") else {}),
        )


def _suspend(s3: Any, state: Props) -> None:
    if state["versioningConfiguration"]["status"] != "Enabled":
        return
    suspended = {"Status": "Suspended"}
    try:
        s3.put_bucket_versioning(Bucket=state["bucket"], VersioningConfiguration=suspended)
    except ClientError as error:
        # A locked bucket stays versioned until it goes.
        if error.response["Error"]["Code"] != "InvalidBucketState":
            raise


def _put_encryption(s3: Any, props: Props) -> None:
    rules = [_encryption_rule(rule) for rule in props["rules"]]
    s3.put_bucket_encryption(
        Bucket=props["bucket"], ServerSideEncryptionConfiguration={"Rules": rules}
    )


def _encryption_rule(rule: Props) -> Props:
    by = rule.get("applyServerSideEncryptionByDefault") or {}
    key = {"KMSMasterKeyID": by["kmsMasterKeyId"]} if by.get("kmsMasterKeyId") else {}
    blocked = rule.get("blockedEncryptionTypes")
    return {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": by["sseAlgorithm"], **key},
        "BucketKeyEnabled": rule.get("bucketKeyEnabled", False),
        **({"BlockedEncryptionTypes": {"EncryptionType": blocked}} if blocked else {}),
    }


_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _put_public_access(s3: Any, props: Props) -> None:
    blocks = {name: props.get(name[0].lower() + name[1:], False) for name in _BLOCKS}
    s3.put_public_access_block(Bucket=props["bucket"], PublicAccessBlockConfiguration=blocks)


def _remove_public_access(s3: Any, state: Props) -> None:
    if not state.get("skipDestroy"):
        s3.delete_public_access_block(Bucket=state["bucket"])


def _put_lifecycle(s3: Any, props: Props) -> None:
    s3.put_bucket_lifecycle_configuration(
        Bucket=props["bucket"],
        LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in props["rules"]]},
        TransitionDefaultMinimumObjectSize=props["transitionDefaultMinimumObjectSize"],
    )


def _lifecycle_rule(rule: Props) -> Props:
    wanted: Props = pascal(rule, LIFECYCLE_NAMES)
    # A rule over everything still has to say so.
    if not rule.get("prefix"):
        wanted.setdefault("Filter", {})
        wanted.pop("Prefix", None)
    both = wanted.get("Filter", {}).get("And", {})
    if "tags" in ((rule.get("filter") or {}).get("and") or {}):
        tags = rule["filter"]["and"]["tags"]
        both["Tags"] = [{"Key": key, "Value": text} for key, text in tags.items()]
    return wanted


def _put_logging(s3: Any, props: Props) -> None:
    logging = {"TargetBucket": props["targetBucket"], "TargetPrefix": props["targetPrefix"]}
    for name in ("targetGrants", "targetObjectKeyFormat"):
        if props.get(name):
            logging[name[0].upper() + name[1:]] = pascal(props[name], {"ID": "id", "URI": "uri"})
    s3.put_bucket_logging(Bucket=props["bucket"], BucketLoggingStatus={"LoggingEnabled": logging})


def _put_lock(s3: Any, props: Props) -> None:
    lock = {"ObjectLockEnabled": props["objectLockEnabled"]}
    if props.get("rule"):
        lock["Rule"] = pascal(props["rule"])
    token = {"Token": props["token"]} if props.get("token") else {}
    s3.put_object_lock_configuration(Bucket=props["bucket"], ObjectLockConfiguration=lock, **token)


MAKERS = {
    "aws:s3/bucketVersioning:BucketVersioning": _maker(_put_versioning, _suspend),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _maker(
        _put_encryption, lambda s3, state: s3.delete_bucket_encryption(Bucket=state["bucket"])
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _maker(
        _put_public_access, _remove_public_access
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _maker(
        lambda s3, props: s3.put_bucket_ownership_controls(
            Bucket=props["bucket"], OwnershipControls={"Rules": [pascal(props["rule"])]}
        ),
        lambda s3, state: s3.delete_bucket_ownership_controls(Bucket=state["bucket"]),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _maker(
        lambda s3, props: s3.put_bucket_policy(Bucket=props["bucket"], Policy=props["policy"]),
        lambda s3, state: s3.delete_bucket_policy(Bucket=state["bucket"]),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _maker(
        _put_lifecycle, lambda s3, state: s3.delete_bucket_lifecycle(Bucket=state["bucket"])
    ),
    "aws:s3/bucketLogging:BucketLogging": _maker(
        _put_logging,
        lambda s3, state: s3.put_bucket_logging(Bucket=state["bucket"], BucketLoggingStatus={}),
    ),
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": _maker(
        _put_lock,
        # Lock itself is for ever; what can go is the default retention.
        lambda s3, state: s3.put_object_lock_configuration(
            Bucket=state["bucket"], ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        ),
    ),
}
