"""The state of a stack, as the engine exports it, and what an interrupted run left open in it."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.automation import CommandError, StackNotFoundError

from wasl.files import write_atomically
from wasl.planes.cloud.failures import explained
from wasl.planes.cloud.stacks import Stacks

Resource = dict[str, Any]


@dataclass(frozen=True)
class Pending:
    """An operation that was begun and whose end was never written down."""

    kind: str
    resource: Mapping[str, Any]

    @property
    def urn(self) -> str:
        return str(self.resource["urn"])

    @property
    def type(self) -> str:
        return str(self.resource["type"])

    @property
    def inputs(self) -> dict[str, Any]:
        return dict(self.resource.get("inputs") or {})

    @property
    def may_exist(self) -> bool:
        """Whether something may be in AWS that the state does not know."""
        return self.kind == "creating" and self.type.startswith("aws:")


@dataclass(frozen=True)
class Checkpoint:
    """An exported state; secrets in it stay encrypted."""

    document: Mapping[str, Any]

    @property
    def resources(self) -> list[Resource]:
        return list(self._deployment.get("resources") or ())

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the stack itself gives; nothing before its first run."""
        stacks = (one for one in self.resources if one["type"] == "pulumi:pulumi:Stack")
        return next((one.get("outputs") or {} for one in stacks), {})

    @property
    def pending(self) -> list[Pending]:
        operations = self._deployment.get("pending_operations") or ()
        return [Pending(operation["type"], operation["resource"]) for operation in operations]

    @property
    def empty(self) -> bool:
        """Whether it holds nothing that could be lost."""
        return not any(resource.get("custom") for resource in self.resources)

    @property
    def _deployment(self) -> Mapping[str, Any]:
        deployment: Mapping[str, Any] = self.document.get("deployment") or {}
        return deployment

    def settled(self, found: Mapping[str, str], anew: Collection[str] = ()) -> Checkpoint:
        """Without pending operations; each create whose id was `found` (by URN) is a resource.

        Its outputs are empty until the next refresh reads them. The next update replaces those
        that are named by `anew`.
        """
        document = copy.deepcopy(dict(self.document))
        deployment = document["deployment"]
        resources = deployment.get("resources") or []
        for pending in self.pending:
            if pending.urn in found:
                taint = {"taint": True} if pending.urn in anew else {}
                new = {**pending.resource, "id": found[pending.urn], **taint}
                resources = _with(resources, new)
        deployment["resources"] = resources
        deployment.pop("pending_operations", None)
        return Checkpoint(document)


def _with(resources: list[Resource], new: Resource) -> list[Resource]:
    """`resources` and the found one, behind everything it may depend on.

    Where it was to replace another of the same URN, that one waits for its deletion.
    """
    new.pop("delete", None)
    new["outputs"] = new.get("outputs") or {}
    others = []
    for resource in resources:
        if resource["urn"] != new["urn"] or resource.get("delete"):
            others.append(resource)
        elif not resource.get("pendingReplacement"):
            others.append({**resource, "delete": True})
    return [*others, new]


def export(stacks: Stacks, name: str) -> Checkpoint | None:
    """The stack's state; None where there is no such stack."""
    try:
        result = _run(stacks, name, ["stack", "export"])
    except StackNotFoundError:
        return None
    except CommandError as error:
        raise explained(error, stacks.target, name) from error
    return Checkpoint(json.loads(result))


def put(stacks: Stacks, name: str, checkpoint: Checkpoint) -> None:
    """Replace the stack's state; the engine checks that it is sound."""
    path = stacks.folder(name) / "import.json"
    write_atomically(path, json.dumps(checkpoint.document), mode=0o600)
    try:
        _run(stacks, name, ["stack", "import", "--file", str(path)])
    except CommandError as error:
        raise explained(error, stacks.target, name) from error
    finally:
        path.unlink()


def _run(stacks: Stacks, name: str, command: list[str]) -> str:
    workspace = stacks.open(name).workspace
    command = [*command, "--stack", name]
    return str(workspace.pulumi_command.run(command, workspace.work_dir, {}).stdout)
