"""S3: buckets and what configures them."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import pairs


def _create_bucket(aws: Aws, props: Props) -> str:
    name, s3 = props["bucket"], aws.client("s3")
    # us-east-1 is the one region that refuses to be named.
    place = (
        {}
        if aws.region == "us-east-1"
        else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    )
    s3.create_bucket(
        Bucket=name, ObjectLockEnabledForBucket=props.get("objectLockEnabled", False), **place
    )
    _tag(aws, name, {}, props)
    return str(name)


def _tag(aws: Aws, name: str, old: Props, new: Props) -> None:
    if (new.get("tags") or {}) != (old.get("tags") or {}):
        aws.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(new)})


def _delete_bucket(aws: Aws, name: str, state: Props) -> None:
    if state.get("forceDestroy"):
        _empty(aws, name)
    aws.client("s3").delete_bucket(Bucket=name)


def _empty(aws: Aws, name: str) -> None:
    s3 = aws.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        if versions:
            objects = [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions]
            s3.delete_objects(
                Bucket=name,
                Delete={"Objects": objects, "Quiet": True},
                BypassGovernanceRetention=True,
            )


MAKERS = {"aws:s3/bucket:Bucket": Maker(_create_bucket, _tag, _delete_bucket)}
