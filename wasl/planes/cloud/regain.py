"""What was made after the last whole copy of a state, found again in AWS.

Where the engine tore a state and our own copy was put back, the state knows nothing of what was
made since. The program says what should be there: each thing that it would create is looked for
by its name or its `wasl:urn` tag, as after a kill, and what AWS holds is taken into the state. What
stands on another's id is found once that one is, so this is repeated until nothing more is found.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

from infra.aws.catalogue import TYPES
from wasl.planes.cloud import checkpoint as checkpoints
from wasl.planes.cloud.checkpoint import Checkpoint, Resource
from wasl.planes.cloud.fleet import warm
from wasl.planes.cloud.journals import Lazy
from wasl.planes.cloud.lookup import found
from wasl.planes.cloud.recover import VERB, Say, half_made
from wasl.planes.cloud.run import Engine
from wasl.planes.cloud.stacks import Stacks

_CREATES = {"create", "create-replacement"}
_IMPORTING = threading.Lock()


def regain(stacks: Stacks, name: str, state: Checkpoint, journal: Lazy, say: Say) -> Checkpoint:
    """The state, with all that AWS holds of what the program would create. Raises as `found`."""
    plan = stacks.folder(name) / "regain.json"
    with _IMPORTING:  # a destroy has not paid for the program's imports
        warm()
    while True:
        Engine(stacks, name).preview(refresh=True, plan=plan)
        supposed = _supposed(state, json.loads(plan.read_bytes()))
        plan.unlink()
        there = found(supposed)
        if not there:
            return state
        for urn, resource in there.items():
            say(f"{name}: {urn} is in AWS as {resource}, so taken into the state")
            journal.journal.note(VERB, name, urn=urn, operation="regained", id=resource)
        state = _known(supposed.settled(there, {p.urn for p in supposed.pending if half_made(p)}))
        with journal.journal.unit(VERB, name, found=len(there)):
            checkpoints.put(stacks, name, state)


def _supposed(state: Checkpoint, plan: Mapping[str, Any]) -> Checkpoint:
    """The state as a kill would have left it, had it come while all of `plan` was being made."""
    wanted = dict(_created(plan, {one["urn"]: one for one in state.resources}))
    own = [one for one in wanted.values() if not one["type"].startswith("aws:")]
    providers = {one["urn"]: f"{one['urn']}::{one['id']}" for one in own if "id" in one}
    pending = []
    for one in wanted.values():
        if one["type"] in TYPES:
            urn = one["provider"].rpartition("::")[0]
            pending.append({**one, "provider": providers.get(urn, one["provider"])})
    document = {**state.document}
    document["deployment"] = {
        **(document.get("deployment") or {}),
        "resources": [*state.resources, *own],
        "pending_operations": [{"type": "creating", "resource": one} for one in pending],
    }
    return Checkpoint(document)


def _created(
    plan: Mapping[str, Any], held: Mapping[str, Resource]
) -> Iterator[tuple[str, Resource]]:
    """What the plan would create, parents and dependencies first; by what is held replaced."""
    plans = plan.get("resourcePlans") or plan["plan"]["resourcePlans"]
    left = {urn: one["goal"] for urn, one in plans.items() if _CREATES & set(one.get("steps", ()))}
    while left:
        ready = [urn for urn, goal in left.items() if not left.keys() & _before(goal)]
        for urn in ready or list(left):
            yield urn, _resource(urn, left.pop(urn), held.get(urn, {}).get("inputs") or {})


def _before(goal: Mapping[str, Any]) -> set[str]:
    provider = str(goal.get("provider", "")).rpartition("::")[0]
    return {*(goal.get("dependencies") or ()), goal.get("parent", ""), provider}


def _resource(urn: str, goal: Mapping[str, Any], replaced: Mapping[str, Any]) -> Resource:
    kept = ("type", "custom", "parent", "protect", "dependencies", "propertyDependencies")
    resource = {key: goal[key] for key in (*kept, "provider") if goal.get(key)}
    differ = goal.get("inputDiff") or {}
    inputs = {**replaced, **(differ.get("adds") or {}), **(differ.get("updates") or {})}
    for gone in differ.get("deletes") or ():
        inputs.pop(gone, None)
    resource |= {"urn": urn, "custom": bool(goal.get("custom")), "inputs": inputs}
    if goal["type"].startswith("pulumi:providers:"):
        resource |= {"id": str(uuid.uuid4()), "outputs": inputs}
    return resource


def _known(state: Checkpoint) -> Checkpoint:
    """Without what is not known yet: values, and dependencies that are not there."""
    urns = {one["urn"] for one in state.resources}
    resources = []
    for one in state.resources:
        inputs = {key: value for key, value in one.get("inputs", {}).items() if _is_known(value)}
        clean = {**one, "inputs": inputs}
        if "dependencies" in one:
            clean["dependencies"] = [urn for urn in one["dependencies"] if urn in urns]
        if "propertyDependencies" in one:
            clean["propertyDependencies"] = {
                key: [urn for urn in on or () if urn in urns]
                for key, on in one["propertyDependencies"].items()
            }
        resources.append(clean)
    return Checkpoint(
        {**state.document, "deployment": {**state.document["deployment"], "resources": resources}}
    )


def _is_known(value: object) -> bool:
    return UNKNOWN not in json.dumps(value)
