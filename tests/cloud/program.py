"""A small tenancy of types that are made quickly, for tests of how stacks are run.

It stands in an account of its own, behind a role, as real tenancies do. `WASL_TEST_PROGRAM` may
hold a JSON object that changes what is described.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.program import settled
from infra.target import target
from wasl.manifest.catalogue import load_country

ROOT = Path(__file__).resolve().parents[2]
SECRET = "s3cr3t-of-the-stack-0123456789"
VARIABLE = "WASL_TEST_PROGRAM"
NO_POLICIES = Path("tests/cloud/no-policies")
"""A pack that is not there: what is described here is too small to be a tenancy by its rules."""


def account(code: str) -> str:
    """The country's own account."""
    first, second = (ord(letter) - ord("a") for letter in code)
    return f"111122220{first * 26 + second:03}"


class Network(Component):
    manifest_key = "network.cidr"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.vpc = aws.ec2.Vpc("vpc", cidr_block="10.1.0.0/16", opts=self.child())
        for index in range(3):
            aws.ec2.Subnet(
                f"private-{index}",
                vpc_id=self.vpc.id,
                cidr_block=f"10.1.{index}.0/24",
                opts=self.child(),
            )
        aws.ec2.InternetGateway("gateway", vpc_id=self.vpc.id, opts=self.child())
        aws.ec2.SecurityGroup(
            "tasks", name=f"{place.prefix}-tasks", vpc_id=self.vpc.id, opts=self.named()
        )
        self.done()


class Storage(Component):
    manifest_key = "residency"

    def __init__(self, place: Place, wanted: Mapping[str, Any]) -> None:
        super().__init__(place)
        key = aws.kms.Key("data", description="data", enable_key_rotation=True, opts=self.child())
        alias = f"alias/{place.prefix}-data"
        aws.kms.Alias("data", name=alias, target_key_id=key.key_id, opts=self.child())
        purpose = wanted.get("bucket", "content")
        bucket = aws.s3.Bucket(
            "content", bucket=place.bucket(purpose), force_destroy=True, opts=self.child()
        )
        aws.s3.BucketPublicAccessBlock(
            "content",
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )
        self.done()


class Feeds(Component):
    manifest_key = "contacts"

    def __init__(self, place: Place, wanted: Mapping[str, Any]) -> None:
        super().__init__(place)
        for name in ("roster", "content", "events"):
            aws.sqs.Queue(
                name,
                name=f"{place.prefix}-{name}",
                visibility_timeout_seconds=wanted.get("timeout", 60),
                opts=self.child(),
            )
        aws.ssm.Parameter(
            "token",
            name=f"/{place.prefix}/token",
            type="SecureString",
            value=pulumi.Output.secret(wanted.get("secret", SECRET)),
            opts=self.child(),
        )
        self.done()


def main() -> None:
    """Describe the stack."""
    describe(json.loads(os.environ.get(VARIABLE, "{}")))


def describe(wanted: Mapping[str, Any]) -> None:
    """Describe the stack, with what `wanted` changes."""
    code = pulumi.get_stack()
    country = load_country(ROOT, code).countries[code]
    number = account(code)
    role = f"arn:aws:iam::{number}:role/OrganizationAccountAccessRole"
    provider = target().provider("tenancy", country.region, role=role, account=number)
    place = Place(country, pulumi.Output.from_input(number), provider)
    Network(place)
    Storage(place, wanted)
    Feeds(place, wanted)
    pulumi.export("secret", pulumi.Output.secret(SECRET))
    pulumi.run(settled)
