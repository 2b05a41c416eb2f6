"""What AWS holds against what the state of a stack says: each thing exactly once."""

from __future__ import annotations

from collections import defaultdict

from infra.aws.catalogue import TYPES
from infra.aws.model import Aws
from wasl.planes.cloud.checkpoint import Checkpoint, export
from wasl.planes.cloud.lookup import reader
from wasl.planes.cloud.stacks import Stacks

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
    """What AWS lists of the same types in the same places, whoever made it."""
    state = export(stacks, name)
    assert state is not None
    places = {place: aws for _, place, aws in _resources(state)}
    return {
        place: sorted(TYPES[place[0]].identify(raw) for raw in TYPES[place[0]].list(aws))
        for place, aws in places.items()
    }


def _resources(state: Checkpoint) -> list[tuple[str, Place, Aws]]:
    accounts: dict[str, Aws] = {}
    for resource in state.resources:
        if resource["type"] == "pulumi:providers:aws":
            accounts[f"{resource['urn']}::{resource['id']}"] = reader(resource["inputs"])
    result = []
    for resource in state.resources:
        kind = TYPES.get(resource["type"])
        if kind is not None:
            aws = accounts[resource["provider"]]
            there = aws.at(kind.home or resource["inputs"].get("region"))
            urn = resource["provider"].rpartition("::")[0]
            result.append((resource["id"], (kind.token, urn, there.region), there))
    return result
