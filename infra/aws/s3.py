"""S3: buckets and what configures them."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

GONE = ("NoSuchBucket", "404")


def everywhere(aws: Aws) -> list[tuple[str, str]]:
    """Every bucket of the account, and the region it is in."""
    # AWS says the region only where the call is paged or filtered.
    buckets = aws.pages("s3", "list_buckets", "Buckets", MaxBuckets=1000)
    return [(bucket["Name"], bucket["BucketRegion"]) for bucket in buckets]


def names(aws: Aws) -> list[str]:
    """The account's buckets in this region."""
    return [name for name, region in everywhere(aws) if region == aws.region]


def _list_buckets(aws: Aws) -> Iterable[Raw]:
    return aws.each(lambda name: _settled(aws, name, aws.region), names(aws))


def _read_bucket(aws: Aws, name: str, _state: Props) -> Raw | None:
    location = one(lambda: aws.client("s3").get_bucket_location(Bucket=name), *GONE)
    if location is None:
        return None
    return _settled(aws, name, location.get("LocationConstraint") or "us-east-1")


def _settled(aws: Aws, name: str, region: str) -> Raw | None:
    s3 = aws.client("s3")
    tagging = one(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet", key="TagSet")
    lock = one(
        lambda: s3.get_object_lock_configuration(Bucket=name),
        "ObjectLockConfigurationNotFoundError",
        key="ObjectLockConfiguration",
    )
    return {"name": name, "region": region, "tags": tagging, "lock": lock}


def _bucket(raw: Raw) -> Props:
    name, region = raw["name"], raw["region"]
    return {
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
        "objectLockEnabled": (raw["lock"] or {}).get("ObjectLockEnabled") == "Enabled",
        "region": region,
        "requestPayer": "BucketOwner",
        "tags": tags(raw["tags"]),
    }


TYPES = (
    AwsType(
        token="aws:s3/bucket:Bucket",
        service="s3",
        cloudformation="AWS::S3::Bucket",
        list=_list_buckets,
        read=_read_bucket,
        identify=lambda raw: str(raw["name"]),
        normalise=_bucket,
        key=("bucket",),
        replace=frozenset({"bucket", "bucketPrefix", "bucketNamespace", "objectLockEnabled"}),
        defaults={"forceDestroy": False},
        computed=frozenset({"objectLockEnabled", "requestPayer"}),
        write_only=frozenset({"forceDestroy"}),
        stateful=True,
    ),
)
