"""Tags of a whole region in a few calls, in the place of one call a resource.

AWS's tagging service answers for most types. It may lag behind by seconds, and it says nothing of
what was never tagged: so an ARN that it does not know is asked about directly, and tags that differ
from what is expected are read again from the service itself (`Eyes.direct`) before they are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Tags = Mapping[str, str]
Pages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Told:
    """How a service answers for one resource's tags, and which ARN its question means.

    `name` gives service and resource part of the ARN from the call's arguments (None: not known
    here); `answer` is the service's own answer with the tags in it.
    """

    name: Callable[[Mapping[str, Any]], str | None]
    answer: Callable[[Tags], dict[str, Any]]


def _pairs(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _by_arn(argument: str) -> Callable[[Mapping[str, Any]], str | None]:
    def name(arguments: Mapping[str, Any]) -> str | None:
        parts = str(arguments[argument]).split(":", 5)
        return f"{parts[2]}:{parts[5]}" if len(parts) == 6 else None

    return name


def _kms_key(arguments: Mapping[str, Any]) -> str:
    return f"kms:key/{arguments['KeyId']}"


def _queue(arguments: Mapping[str, Any]) -> str:
    return f"sqs:{str(arguments['QueueUrl']).rpartition('/')[2]}"


def _bucket(arguments: Mapping[str, Any]) -> str:
    return f"s3:{arguments['Bucket']}"


def _zone(arguments: Mapping[str, Any]) -> str:
    return f"route53:{arguments['ResourceType']}/{arguments['ResourceId']}"


def _managed_by_ssm(arguments: Mapping[str, Any]) -> str:
    kind, name = str(arguments["ResourceType"]).lower(), str(arguments["ResourceId"])
    return f"ssm:{kind}/{name.lstrip('/')}"


def _trail(arguments: Mapping[str, Any]) -> str | None:
    arns = arguments["ResourceIdList"]
    return _by_arn("ARN")({"ARN": arns[0]}) if len(arns) == 1 else None


def _balancers_own(arguments: Mapping[str, Any]) -> str | None:
    arns = arguments["ResourceArns"]
    return _by_arn("ARN")({"ARN": arns[0]}) if len(arns) == 1 else None


def _key_tags(tags: Tags) -> dict[str, Any]:
    return {"Tags": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}


TOLD: Mapping[tuple[str, str], Told] = {
    ("acm", "list_tags_for_certificate"): Told(
        _by_arn("CertificateArn"), lambda tags: {"Tags": _pairs(tags)}
    ),
    ("backup", "list_tags"): Told(_by_arn("ResourceArn"), lambda tags: {"Tags": dict(tags)}),
    ("cloudfront", "list_tags_for_resource"): Told(
        _by_arn("Resource"), lambda tags: {"Tags": {"Items": _pairs(tags)}}
    ),
    ("cloudtrail", "list_tags"): Told(
        _trail, lambda tags: {"ResourceTagList": [{"TagsList": _pairs(tags)}]}
    ),
    ("cloudwatch", "list_tags_for_resource"): Told(
        _by_arn("ResourceARN"), lambda tags: {"Tags": _pairs(tags)}
    ),
    ("ecr", "list_tags_for_resource"): Told(
        _by_arn("resourceArn"), lambda tags: {"tags": _pairs(tags)}
    ),
    ("elasticache", "list_tags_for_resource"): Told(
        _by_arn("ResourceName"), lambda tags: {"TagList": _pairs(tags)}
    ),
    ("elbv2", "describe_tags"): Told(
        _balancers_own, lambda tags: {"TagDescriptions": [{"Tags": _pairs(tags)}]}
    ),
    ("events", "list_tags_for_resource"): Told(
        _by_arn("ResourceARN"), lambda tags: {"Tags": _pairs(tags)}
    ),
    ("kms", "list_resource_tags"): Told(_kms_key, _key_tags),
    ("logs", "list_tags_for_resource"): Told(
        _by_arn("resourceArn"), lambda tags: {"tags": dict(tags)}
    ),
    ("rds", "list_tags_for_resource"): Told(
        _by_arn("ResourceName"), lambda tags: {"TagList": _pairs(tags)}
    ),
    ("route53", "list_tags_for_resource"): Told(
        _zone, lambda tags: {"ResourceTagSet": {"Tags": _pairs(tags)}}
    ),
    ("s3", "get_bucket_tagging"): Told(_bucket, lambda tags: {"TagSet": _pairs(tags)}),
    ("sns", "list_tags_for_resource"): Told(
        _by_arn("ResourceArn"), lambda tags: {"Tags": _pairs(tags)}
    ),
    ("sqs", "list_queue_tags"): Told(_queue, lambda tags: {"Tags": dict(tags)}),
    ("ssm", "list_tags_for_resource"): Told(
        _managed_by_ssm, lambda tags: {"TagList": _pairs(tags)}
    ),
    ("wafv2", "list_tags_for_resource"): Told(
        _by_arn("ResourceARN"), lambda tags: {"TagInfoForResource": {"TagList": _pairs(tags)}}
    ),
}


def book(items: Sequence[Mapping[str, Any]]) -> dict[str, Tags]:
    """The tagging service's items by service and resource part of their ARNs."""
    found: dict[str, Tags] = {}
    for item in items:
        _, _, service, _, _, name = item["ResourceARN"].split(":", 5)
        tags = {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        found[f"{service}:{name.removesuffix(':*')}"] = tags
    return found
