"""Where copies go: replicas, backups, logs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.policies.facts import Facts
from infra.policies.model import UNKNOWN, Problem, Resource, told, undecided
from infra.policies.residency import permitted_here


@dataclass(frozen=True, slots=True)
class Copy:
    """A property that says where copies go: a region, or (`arn`) the ARN of what takes them."""

    path: str
    purpose: str
    arn: bool = False


_COPIES: Mapping[str, tuple[Copy, ...]] = {
    "aws:secretsmanager/secret:Secret": (Copy("replicas.*.region", "replicas"),),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": (
        Copy("replicationConfiguration.rules.*.destinations.*.region", "replicas"),
    ),
    "aws:efs/fileSystem:FileSystem": (Copy("availabilityZoneName", "primary"),),
    "aws:backup/plan:Plan": (
        Copy("rules.*.copyActions.*.destinationVaultArn", "backup", arn=True),
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": (
        Copy("destinationArn", "logs", arn=True),
    ),
    "aws:ec2/flowLog:FlowLog": (Copy("logDestination", "logs", arn=True),),
    "aws:cloudtrail/trail:Trail": (Copy("cloudWatchLogsGroupArn", "logs", arn=True),),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        Copy("logDestinationConfigs.*", "logs", arn=True),
    ),
}


def copies(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Replicas, backup copies and logs go only where the contract permits each."""
    for copy in _COPIES.get(resource.type, ()):
        for path, value in resource.all(copy.path):
            if value is UNKNOWN:
                yield undecided(path)
            elif value:
                yield from _destination(path, str(value), copy, facts)
    if resource.type == "aws:ecs/taskDefinition:TaskDefinition":
        yield from _container_logs(resource, facts)
    if resource.type in ("aws:kms/key:Key", "aws:rds/instance:Instance"):
        yield from _made_for_abroad(resource, facts)


def _destination(path: str, value: str, copy: Copy, facts: Facts) -> Iterator[Problem]:
    if not copy.arn:
        yield from permitted_here(path, value, (copy.purpose,), facts)
        return
    parts = value.split(":", 5)
    region = parts[3] if len(parts) == 6 and parts[0] == "arn" else ""
    if region:
        yield from permitted_here(path, region, (copy.purpose,), facts)
    else:
        yield told(path, "residency.no-place", path=path)


def _container_logs(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Containers log to CloudWatch, in a region permitted for logs."""
    text = resource.get("containerDefinitions")
    if text is UNKNOWN:
        yield undecided("containerDefinitions")
        return
    for number, container in enumerate(_parsed(text)):
        path = f"containerDefinitions.{number}.logConfiguration"
        logging = container.get("logConfiguration") or {}
        options = logging.get("options") or {}
        if logging.get("logDriver") != "awslogs" or not options.get("awslogs-region"):
            yield told(path, "residency.logs", path=path)
        else:
            where = f"{path}.options.awslogs-region"
            yield from permitted_here(where, options["awslogs-region"], ("logs",), facts)


def _parsed(text: Any) -> list[Mapping[str, Any]]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return [{}]
    return [item if isinstance(item, Mapping) else {} for item in found or [{}]]


def _made_for_abroad(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """A multi-region key leaves its region, and so does a database that another region feeds."""
    multi = resource.props.get("multiRegion")
    if multi is UNKNOWN:
        yield undecided("multiRegion")
    elif multi is True and not facts.replicas:
        yield told("multiRegion", "residency.multi-region", manifest=facts.manifest)
    source = resource.props.get("replicateSourceDb")
    if source is UNKNOWN:
        yield undecided("replicateSourceDb")
    elif isinstance(source, str) and source.startswith("arn:"):
        yield from permitted_here("region", resource.region, ("replicas",), facts)
