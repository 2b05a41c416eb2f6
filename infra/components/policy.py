"""IAM policy texts, put together from statements."""

from __future__ import annotations

import json
from typing import Any

import pulumi

Statement = dict[str, Any]


def document(*statements: Statement) -> pulumi.Output[str]:
    """A policy text; parts of the statements may still be unknown."""
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions: list[str], resources: Any, **more: Any) -> Statement:
    """A statement that allows `actions` on `resources`."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def account_whole(account: pulumi.Input[str]) -> Statement:
    """A key's statement that leaves the say to its account's own policies."""
    return {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": pulumi.Output.concat("arn:aws:iam::", account, ":root")},
        "Action": "kms:*",
        "Resource": "*",
    }


def trust(service: str, account: pulumi.Input[str]) -> pulumi.Output[str]:
    """Who may assume a role: one AWS service, for this account alone (no confused deputy)."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        }
    )


def service_only(service: str) -> str:
    """As `trust`, for the services that state no source account."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )


def tls_only(bucket_arn: pulumi.Input[str]) -> Statement:
    """A statement that refuses a bucket to whoever comes without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, pulumi.Output.concat(bucket_arn, "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
