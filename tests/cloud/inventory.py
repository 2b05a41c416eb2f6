"""What AWS holds against what the state of a stack says: each thing exactly once."""

from __future__ import annotations

import json
from collections import defaultdict

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws
from infra.sandbox.home import Home
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.checkpoint import Checkpoint, export
from wasl.planes.cloud.stacks import Stacks

AWS_OWN = ("OrganizationAccountAccessRole", "TargetTracking-")
"""The role of a new member account; the alarms of auto scaling."""

Place = tuple[str, str, str]
"""A type, and the URL and region it was listed in."""


def held(stacks: Stacks, name: str) -> dict[Place, list[str]]:
    """The ids that the stack's state holds, by place."""
    state = export(stacks, name)
    assert state is not None
    found: dict[Place, list[str]] = defaultdict(list)
    for resource, place, _ in _resources(state):
        found[place].append(str(resource))
    return {place: sorted(ids) for place, ids in found.items()}


def listed(stacks: Stacks, name: str) -> dict[Place, list[str]]:
    """What AWS lists of the same types in the same places, but for what AWS itself makes."""
    state = export(stacks, name)
    assert state is not None
    places = {place: aws for _, place, aws in _resources(state)}
    found = {}
    for place, aws in places.items():
        kind = TYPES[place[0]]
        ids = (kind.identify(raw) for raw in kind.list(aws))
        found[place] = sorted(one for one in ids if not one.startswith(AWS_OWN))
    return found


def writing(stacks: Stacks, name: str) -> Aws:
    """The stack's own account, with clients that may write: to do things behind its back."""
    state = export(stacks, name)
    assert state is not None
    aws = reader(next(r["inputs"] for r in state.resources if "providers:aws" in r["type"]), Aws)
    aws.read_only = False
    return aws


def write(stacks: Stacks, name: str, state: Checkpoint) -> None:
    """Put a state where the engine would have left it; its own import drops what is pending."""
    path = Home(stacks.target.home).state / f".pulumi/stacks/wasl/{name}.json"
    document = json.loads(path.read_text())
    document["checkpoint"]["latest"] = state.document["deployment"]
    path.write_text(json.dumps(document))


def _resources(state: Checkpoint) -> list[tuple[str, Place, Aws]]:
    accounts: dict[str, Aws] = {}
    for resource in state.resources:
        if resource["type"] == "pulumi:providers:aws":
            accounts[f"{resource['urn']}::{resource['id']}"] = reader(resource["inputs"], Aws)
    result = []
    for resource in state.resources:
        kind = TYPES.get(resource["type"])
        if kind is not None:
            aws = accounts[resource["provider"]]
            there = aws.at(kind.home or resource["inputs"].get("region"))
            urn = resource["provider"].rpartition("::")[0]
            result.append((resource["id"], (kind.token, urn, there.region), there))
    return result
