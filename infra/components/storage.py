"""The tenancy's buckets: content, backups, logs, audit."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.keys import Keys
from infra.components.policy import Statement, document, tls_only

# Days until old versions go, and until objects move to cheaper storage; None keeps them where
# they are.
_LIFECYCLE: dict[str, dict[str, int | None]] = {
    "content": {"old_versions": 90, "cold": None, "expire": None},
    "backups": {"old_versions": 30, "cold": 30, "expire": None},
    "logs": {"old_versions": 30, "cold": 90, "expire": 365},
    "audit": {"old_versions": 365, "cold": 90, "expire": None},
}
# Access logs and balancer logs can only be delivered to a bucket with S3's own keys.
_CLASSIFICATION = {
    "content": "public",
    "backups": "personal",
    "logs": "internal",
    "audit": "restricted",
}


class Storage(Component):
    """Versioned, encrypted, closed to the public, reached by TLS only, with access logs."""

    manifest_key = "residency.regions.primary"

    def __init__(self, place: Place, keys: Keys) -> None:
        super().__init__(place)
        self.logs = self._bucket("logs", None)
        self.logs_policy = self._policy("logs", self.logs, *self._log_delivery())
        self.content = self._bucket("content", keys.content)
        self.backups = self._bucket("backups", keys.backups)
        self._policy("backups", self.backups)
        self.audit = self._bucket("audit", keys.logs, locked=True)
        self.audit_policy = self._policy("audit", self.audit, *self._trail_delivery())
        self.done()

    def _bucket(
        self, purpose: str, key: aws.kms.Key | None, *, locked: bool = False
    ) -> aws.s3.Bucket:
        production = self.place.country.production
        bucket = aws.s3.Bucket(
            purpose,
            bucket=self.place.bucket(purpose),
            force_destroy=not production,
            object_lock_enabled=locked or None,
            tags={"data-classification": _CLASSIFICATION[purpose]},
            opts=self.child(protect=production),
        )
        versioning = self._settings(purpose, bucket, key)
        if locked:
            self._lock(purpose, bucket, versioning)
        if purpose != "logs":
            aws.s3.BucketLogging(
                purpose,
                bucket=bucket.bucket,
                target_bucket=self.logs.bucket,
                target_prefix=f"s3/{purpose}/",
                opts=self.child(depends_on=[self.logs_policy]),
            )
        return bucket

    def _settings(
        self, purpose: str, bucket: aws.s3.Bucket, key: aws.kms.Key | None
    ) -> aws.s3.BucketVersioning:
        versioning = aws.s3.BucketVersioning(
            purpose,
            bucket=bucket.bucket,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )
        default: Any = {"sse_algorithm": "AES256"}
        if key is not None:
            default = {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}
        aws.s3.BucketServerSideEncryptionConfiguration(
            purpose,
            bucket=bucket.bucket,
            rules=[
                {
                    "apply_server_side_encryption_by_default": default,
                    "bucket_key_enabled": key is not None,
                }
            ],
            opts=self.child(),
        )
        aws.s3.BucketPublicAccessBlock(
            purpose,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        aws.s3.BucketOwnershipControls(
            purpose,
            bucket=bucket.bucket,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )
        aws.s3.BucketLifecycleConfiguration(
            purpose,
            bucket=bucket.bucket,
            rules=_lifecycle(purpose),
            opts=self.child(depends_on=[versioning]),
        )
        return versioning

    def _lock(
        self, purpose: str, bucket: aws.s3.Bucket, versioning: aws.s3.BucketVersioning
    ) -> None:
        """Objects of the audit trail cannot be deleted for a year; a pilot's lock keeps nothing."""
        retention: aws.s3.BucketObjectLockConfigurationRuleArgsDict = {
            "default_retention": {"mode": "GOVERNANCE", "days": 365}
        }
        aws.s3.BucketObjectLockConfiguration(
            purpose,
            bucket=bucket.bucket,
            object_lock_enabled="Enabled",
            rule=retention if self.place.country.production else None,
            # AWS keeps no lock without versions: the lock is made after them and goes before them.
            opts=self.child(depends_on=[versioning]),
        )

    def _policy(
        self, purpose: str, bucket: aws.s3.Bucket, *statements: Statement
    ) -> aws.s3.BucketPolicy:
        return aws.s3.BucketPolicy(
            purpose,
            bucket=bucket.bucket,
            policy=document(tls_only(bucket.arn), *statements),
            opts=self.child(),
        )

    def content_policy(self, *statements: Statement) -> None:
        """The content bucket's policy: TLS only, and whatever may read it."""
        self._policy("content", self.content, *statements)

    def _log_delivery(self) -> list[Statement]:
        """S3's access logs and the balancer's."""
        here = {"StringEquals": {"aws:SourceAccount": self.place.account}}
        services = ("logging.s3.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com")
        return [
            {
                "Sid": service.split(".")[0].capitalize(),
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(self.logs.arn, "/", prefix, "/*"),
                **({"Condition": here} if prefix == "s3" else {}),
            }
            for service, prefix in zip(services, ("s3", "balancer"), strict=True)
        ]

    def _trail_delivery(self) -> list[Statement]:
        principal = {"Service": "cloudtrail.amazonaws.com"}
        here = {"aws:SourceAccount": self.place.account}
        return [
            {
                "Sid": "TrailChecks",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:GetBucketAcl",
                "Resource": self.audit.arn,
                "Condition": {"StringEquals": here},
            },
            {
                "Sid": "TrailWrites",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(self.audit.arn, "/AWSLogs/*"),
                "Condition": {
                    "StringEquals": {**here, "s3:x-amz-acl": "bucket-owner-full-control"}
                },
            },
        ]


def _lifecycle(purpose: str) -> list[Any]:
    days = _LIFECYCLE[purpose]
    rule: dict[str, Any] = {
        "id": "age",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
        "noncurrent_version_expiration": {"noncurrent_days": days["old_versions"]},
    }
    if days["cold"]:
        rule["transitions"] = [{"days": days["cold"], "storage_class": "STANDARD_IA"}]
    if days["expire"]:
        rule["expiration"] = {"days": days["expire"]}
    return [rule]
