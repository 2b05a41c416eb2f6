"""Secrets Manager."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _readers(principal: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _copy_abroad(aws: Aws, state: Props) -> None:
    aws.client("secretsmanager").replicate_secret_to_regions(
        SecretId=state["id"], AddReplicaRegions=[{"Region": "us-east-1"}]
    )


def _another_value(aws: Aws, state: Props) -> None:
    aws.client("secretsmanager").put_secret_value(SecretId=state["secretId"], SecretString="mine")


EXAMPLES = (
    Example(
        "aws:secretsmanager/secret:Secret",
        lambda _: {
            "name": "wasl/jo/roster",
            "description": "the partner's key",
            "policy": _readers("arn:aws:iam::111122223333:root"),
            "recoveryWindowInDays": 0,
            "tags": {"country": "jo"},
        },
        change={"description": "the partner's own key", "tags": {"country": "jo", "owner": "x"}},
        tamper=_copy_abroad,
        tampered="replicas",
    ),
    Example(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda made: {
            "secretId": made["Secret"]["id"],
            "secretString": "not a secret",
            "versionStages": ["AWSCURRENT"],
        },
        tamper=_another_value,
        tampered="versionStages",
        stays=True,
    ),
)
