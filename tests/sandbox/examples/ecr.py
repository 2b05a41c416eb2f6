"""ECR."""

import json

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example

_KEY = "arn:aws:kms:eu-south-1:111122223333:key/11111111-2222-3333-4444-555555555555"


def _policy(days: int) -> str:
    rule = {
        "rulePriority": 1,
        "description": "Images that lost their tag",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": days,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]}, indent=2)


def _replaceable_tags(aws: Aws, state: Props) -> None:
    aws.client("ecr").put_image_tag_mutability(
        repositoryName=state["name"], imageTagMutability="MUTABLE"
    )


def _unscanned(aws: Aws, state: Props) -> None:
    aws.client("ecr").put_image_scanning_configuration(
        repositoryName=state["name"], imageScanningConfiguration={"scanOnPush": False}
    )


def _expire_at_once(aws: Aws, state: Props) -> None:
    aws.client("ecr").put_lifecycle_policy(
        repositoryName=state["repository"], lifecyclePolicyText=_policy(1)
    )


EXAMPLES = (
    Example(
        "aws:ecr/repository:Repository",
        lambda _: {
            "name": "wasl-jo/platform",
            "imageTagMutability": "IMMUTABLE",
            "imageScanningConfiguration": {"scanOnPush": True},
            "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": _KEY}],
            "forceDelete": True,
            "tags": {"wasl:urn": "test/Repository"},
        },
        change={"tags": {"wasl:urn": "test/Repository", "country": "jo"}},
        tamper=_replaceable_tags,
        tampered="imageTagMutability",
    ),
    Example(
        "aws:ecr/repository:Repository",
        lambda _: {"name": "wasl-jo/other", "imageScanningConfiguration": {"scanOnPush": True}},
        name="other",
        tamper=_unscanned,
        tampered="imageScanningConfiguration.scanOnPush",
    ),
    Example(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        lambda made: {"repository": made["Repository"]["name"], "policy": _policy(14)},
        tamper=_expire_at_once,
        tampered="policy",
    ),
)
