"""S3: fields that moto drops (lifecycle rules', listed buckets'), and how logs are delivered."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

OPERATIONS = (
    "s3:GetBucketLifecycleConfiguration",
    "s3:ListBuckets",
    "s3:PutBucketLifecycleConfiguration",
    "s3:PutBucketLogging",
)

_PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}
_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


def install() -> None:
    """Put them into moto."""
    from moto.s3.models import FakeBucket

    # moto fails on a statement whose principal is "*", as a TLS-only policy's is.
    FakeBucket._log_permissions_enabled_policy = staticmethod(_may_deliver)  # type: ignore[method-assign]
    _deliver_alike()
    _keep_lifecycle()
    _tell_regions()
    _hold_to_conditions()


def _may_deliver(target_bucket: Any, target_prefix: str | None) -> bool:
    """Whether the target's policy lets S3 write access logs under the prefix."""
    arn = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}/{target_prefix or ''}log"
    policy = json.loads(target_bucket.policy or b"{}")
    return any(
        statement.get("Effect") == "Allow"
        and "logging.s3.amazonaws.com" in _service(statement.get("Principal"))
        and "s3:PutObject" in _several(statement.get("Action"))
        and any(fnmatchcase(arn, resource) for resource in _several(statement.get("Resource")))
        for statement in policy.get("Statement", ())
    )


def _deliver_alike() -> None:
    """Deliver access logs of changes alone, under names that a replay gives again.

    moto's names tell the time, and reads, which are not recorded, are logged too: what emptied the
    bucket then named other objects than a replay had put there, and the bucket stayed.
    """
    from moto.moto_api._internal import mock_random
    from moto.s3.models import S3Backend

    def log_incoming_request(self: Any, request: Any, bucket_name: str) -> None:
        bucket = self.buckets.get(bucket_name)
        if request.method in ("GET", "HEAD") or bucket is None or not bucket.logging:
            return
        target = bucket.logging["TargetBucket"]
        name = f"{bucket.logging.get('TargetPrefix', '')}{mock_random.get_random_hex(16).upper()}"
        if target in self.buckets:
            line = f"{bucket_name} REST.{request.method}.BUCKET {request.url}"
            self.put_object(target, name, value=line.encode())

    S3Backend.log_incoming_request = log_incoming_request  # type: ignore[method-assign]


def _service(principal: Any) -> list[str]:
    return _several(principal.get("Service")) if isinstance(principal, dict) else []


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _keep_lifecycle() -> None:
    """Keep each rule as it was put, and answer what moto leaves out of it."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    put, get = FakeBucket.set_lifecycle, S3Response.get_bucket_lifecycle

    def set_lifecycle(self: Any, rules: list[dict[str, Any]]) -> None:
        put(self, rules)
        for rule, said in zip(self.rules, rules, strict=True):
            rule.said = said

    def get_bucket_lifecycle(self: Any) -> Any:
        rules = self.backend.get_bucket_lifecycle(self.bucket_name)
        plain = self.serialized

        def serialized(answer: Any) -> Any:
            if isinstance(answer.result, dict):  # and no error
                for rule, told in zip(rules, answer.result["Rules"], strict=True):
                    _complete(rule.said, told)
            return plain(answer)

        self.serialized = serialized
        return get(self)

    FakeBucket.set_lifecycle = set_lifecycle  # type: ignore[method-assign]
    S3Response.get_bucket_lifecycle = get_bucket_lifecycle  # type: ignore[method-assign]


def _complete(said: dict[str, Any], told: dict[str, Any]) -> None:
    """Put into `told` what was `said` and moto lost."""
    newer = (said.get("NoncurrentVersionExpiration") or {}).get("NewerNoncurrentVersions")
    if newer is not None:
        told["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] = newer
    chosen = said.get("Filter") or {}
    both = chosen.get("And") or {}
    for source, name in ((source, name) for source in (chosen, both) for name in _SIZES):
        if name in source:
            place = told["Filter"] if source is chosen else told["Filter"]["And"]
            place[name] = source[name]


def _hold_to_conditions() -> None:
    """Refuse nobody for what is permitted on a condition, or forbidden over plain HTTP.

    moto reads no condition and takes each for a refusal. The sandbox stands on loopback, without
    TLS; all else is refused as the policy says.
    """
    from moto.iam.access_control import IAMPolicy, PermissionResult
    from moto.s3.models import FakeBucket

    def get_permission(self: Any, action: str, resource: str) -> Any:
        policy = json.loads(self.policy or b"{}")
        said = policy.get("Statement", [])
        statements = said if isinstance(said, list) else [said]
        kept = [
            one
            for one in statements
            if not one.get("Condition")
            or (one["Effect"] == "Deny" and one["Condition"] != _PLAIN_HTTP)
        ]
        if not kept:
            return PermissionResult.NEUTRAL
        text = json.dumps({**policy, "Statement": kept})
        return IAMPolicy(text).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]


def _tell_regions() -> None:
    """Answer each bucket's region, as AWS does where the call is paged."""
    from moto.s3.responses import S3Response

    listed = S3Response.all_buckets

    def all_buckets(self: Any) -> Any:
        plain = self.serialized

        def serialized(answer: Any) -> Any:
            if isinstance(answer.result, dict):  # and no error
                for told in answer.result["Buckets"]:
                    told["BucketRegion"] = self.backend.get_bucket(told["Name"]).region_name
            return plain(answer)

        self.serialized = serialized
        return listed(self)

    S3Response.all_buckets = all_buckets  # type: ignore[method-assign]
