"""S3: what configures a bucket."""

import json
from collections.abc import Callable
from typing import Any

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made

_NAME = "wasl-jo-content-2"
_LOGS = "wasl-jo-logs-2"


def _policy(bucket: str, *, secure: bool) -> str:
    statement: dict[str, Any] = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:*"],
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    if not secure:
        statement = {**statement, "Effect": "Allow", "Condition": {}}
    delivery = {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement, delivery]})


def _of(**props: Any) -> Callable[[Made], Props]:
    return lambda _: {"bucket": _NAME, **props}


def _suspend(aws: Aws, state: Props) -> None:
    aws.client("s3").put_bucket_versioning(
        Bucket=state["bucket"], VersioningConfiguration={"Status": "Suspended"}
    )


def _publish(aws: Aws, state: Props) -> None:
    aws.client("s3").put_public_access_block(
        Bucket=state["bucket"],
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": False,
        },
    )


def _share(aws: Aws, state: Props) -> None:
    aws.client("s3").put_bucket_ownership_controls(
        Bucket=state["bucket"],
        OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]},
    )


def _open(aws: Aws, state: Props) -> None:
    text = _policy(state["bucket"], secure=False)
    aws.client("s3").put_bucket_policy(Bucket=state["bucket"], Policy=text)


def _shorten(aws: Aws, state: Props) -> None:
    s3 = aws.client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=state["bucket"])["Rules"]
    rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] = 1
    s3.put_bucket_lifecycle_configuration(
        Bucket=state["bucket"], LifecycleConfiguration={"Rules": rules}
    )


def _redirect(aws: Aws, state: Props) -> None:
    logging = {"TargetBucket": state["targetBucket"], "TargetPrefix": "elsewhere/"}
    aws.client("s3").put_bucket_logging(
        Bucket=state["bucket"], BucketLoggingStatus={"LoggingEnabled": logging}
    )


def _unlock(aws: Aws, state: Props) -> None:
    retention = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 60}}
    aws.client("s3").put_object_lock_configuration(
        Bucket=state["bucket"],
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": retention},
    )


def _by_key(key: str) -> list[Props]:
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    return [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}]


def _rules(days: int) -> list[Props]:
    return [
        {
            "id": "old",
            "status": "Enabled",
            "noncurrentVersionExpiration": {
                "noncurrentDays": days,
                "newerNoncurrentVersions": 3,
            },
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
        {
            "id": "cold",
            "status": "Enabled",
            "filter": {
                "and": {
                    "prefix": "video/",
                    "objectSizeGreaterThan": 1048576,
                    "tags": {"kind": "archive"},
                }
            },
            "transitions": [
                {"days": 30, "storageClass": "STANDARD_IA"},
                {"days": 90, "storageClass": "GLACIER"},
            ],
            "expiration": {"days": 3650},
        },
    ]


_KEY = "arn:aws:kms:eu-south-1:111122223333:key/"

EXAMPLES = (
    Example(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": _LOGS, "forceDestroy": True},
        name="logs",
    ),
    Example(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda _: {"bucket": _LOGS, "policy": _policy(_LOGS, secure=True)},
        tamper=_open,
        tampered="policy",
    ),
    Example(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": _NAME, "objectLockEnabled": True, "forceDestroy": True},
        name="content",
    ),
    Example(
        "aws:s3/bucket:Bucket",
        lambda _: {"bucket": "wasl-jo-versioned-2"},
        name="versioned",
    ),
    Example(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda _: {
            "bucket": "wasl-jo-versioned-2",
            "versioningConfiguration": {"status": "Enabled"},
        },
        tamper=_suspend,
        tampered="versioningConfiguration.status",
        stays=True,
    ),
    Example(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        _of(rules=_by_key(_KEY + "one")),
        change={"rules": _by_key(_KEY + "two")},
        tamper=lambda aws, state: aws.client("s3").put_bucket_encryption(
            Bucket=state["bucket"],
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": {
                            "SSEAlgorithm": "aws:kms",
                            "KMSMasterKeyID": "alias/aws/s3",
                        },
                        "BucketKeyEnabled": True,
                    }
                ]
            },
        ),
        tampered="rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId",
    ),
    Example(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        _of(
            blockPublicAcls=True,
            blockPublicPolicy=True,
            ignorePublicAcls=True,
            restrictPublicBuckets=True,
        ),
        tamper=_publish,
        tampered="restrictPublicBuckets",
    ),
    Example(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        _of(rule={"objectOwnership": "BucketOwnerEnforced"}),
        tamper=_share,
        tampered="rule.objectOwnership",
    ),
    Example(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        _of(rules=_rules(90)),
        change={"rules": _rules(120)},
        tamper=_shorten,
        tampered="rules[0].noncurrentVersionExpiration.noncurrentDays",
    ),
    Example(
        "aws:s3/bucketLogging:BucketLogging",
        _of(targetBucket=_LOGS, targetPrefix="content/"),
        change={"targetPrefix": "access/content/"},
        tamper=_redirect,
        tampered="targetPrefix",
    ),
    Example(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        _of(rule={"defaultRetention": {"mode": "COMPLIANCE", "days": 30}}),
        change={"rule": {"defaultRetention": {"mode": "COMPLIANCE", "days": 60}}},
        tamper=_unlock,
        tampered="rule.defaultRetention.mode",
        stays=True,
    ),
)
