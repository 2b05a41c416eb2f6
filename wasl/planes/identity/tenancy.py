"""The tenancy's bucket and queue, found in its stack's outputs and reached as its account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.home import Home, load
from integrations.identity.feed import Feed
from wasl import tenancy
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import Target, resolve

ROLE = "OrganizationAccountAccessRole"
_STACK = "pulumi:pulumi:Stack"


def feed(root: Path, home: Path, country: str, prefix: str) -> Feed:
    """The country's feed. Raises WASL-TENANCY-OUTPUTS where its stack was not brought up."""
    target = resolve(root, home, os.environ)
    outputs = _outputs(target, country)
    clients = _clients(target, outputs)
    return Feed(clients("s3"), clients("sqs"), outputs.content_bucket, prefix, outputs.roster_queue)


def _outputs(target: Target, country: str) -> tenancy.TenancyOutputs:
    stack = Stacks(target, lambda: None).open(country)
    deployment: Mapping[str, Any] = stack.export_stack().deployment or {}
    found: dict[str, Any] = next(
        (
            resource.get("outputs") or {}
            for resource in deployment.get("resources") or ()
            if resource.get("type") == _STACK
        ),
        {},
    )
    return tenancy.read(found, country)


def _clients(target: Target, outputs: tenancy.TenancyOutputs) -> Any:
    """A maker of clients that act in the tenancy's account."""
    own: dict[str, Any] = {"region_name": outputs.region}
    if target.sandbox:
        record = load(Home(target.home))
        assert record is not None  # `resolve` found it running
        own |= {
            "endpoint_url": record.endpoint,
            "aws_access_key_id": SANDBOX_KEY,
            "aws_secret_access_key": SANDBOX_KEY,
        }
    role = f"arn:aws:iam::{outputs.account}:role/{ROLE}"
    answer = boto3.client("sts", **own).assume_role(RoleArn=role, RoleSessionName="wasl-identity")
    given = answer["Credentials"]
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }

    def client(service: str) -> Any:
        return boto3.client(service, **{**own, **keys})

    return client
