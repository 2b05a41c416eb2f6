"""A country's tenancy: its components in the order in which they build on each other."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from wasl.manifest import Country


class Network(Component):
    manifest_key = "network"
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.vpc = aws.ec2.Vpc("vpc", cidr_block="10.1.0.0/16", enable_dns_hostnames=True, opts=self.child())
        self.net = aws.ec2.Subnet("private-1", vpc_id=self.vpc.id, cidr_block="10.1.1.0/24", opts=self.child())
        self.key = aws.kms.Key("key", description="d", enable_key_rotation=True, opts=self.child())
        self.alias = aws.kms.Alias("key", name=f"alias/{place.prefix}-data", target_key_id=self.key.key_id, opts=self.child())
        self.bucket = aws.s3.Bucket("content", bucket=place.bucket("content"), opts=self.child())
        self.queue = aws.sqs.Queue("roster", name=f"{place.prefix}-roster", visibility_timeout_seconds=60, opts=self.child())
        self.done()


def tenancy(root: Path, code: str) -> None:
    endpoint = pulumi.Config("wasl").get("endpoint")
    from types import SimpleNamespace as N
    c = N(code=code, region="eu-south-1", environment="pilot", partner="classera", contacts=N(owner="o"), cost_centre="c")
    p = aws.Provider("tenancy", region="eu-south-1", endpoints=[aws.ProviderEndpointArgs(**{s: endpoint for s in ("sqs","ec2","kms","s3","sts")})], s3_use_path_style=True)
    Network(Place(c, pulumi.Output.from_input("000000000000"), p))
