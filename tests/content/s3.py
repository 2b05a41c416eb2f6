"""A bucket of the emulated AWS for each test."""

from __future__ import annotations

from infra.aws.model import Aws, Credentials
from infra.sandbox.account import SANDBOX_KEY
from integrations.content.mirror.bucket import Bucket

REGION = "eu-south-1"


def bucket(endpoint: str, name: str) -> Bucket:
    """A bucket there, made if need be."""
    aws = Aws(REGION, Credentials(SANDBOX_KEY, SANDBOX_KEY), endpoint, read_only=False)
    client = aws.client("s3")
    known = [one["Name"] for one in client.list_buckets()["Buckets"]]
    if name not in known:
        where = {"LocationConstraint": REGION}
        client.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    return Bucket(client, name)
