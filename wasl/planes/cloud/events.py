"""What the engine says while it works, as plain data.

The engine sends one event before and one after each step on a resource. A preview with refresh
first sends a step `refresh` for each resource of the state, then the steps that the program wants.
Secrets arrive as `[secret]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation import EngineEvent
from pulumi.automation.events import (
    DiagnosticEvent,
    PolicyEvent,
    StepEventMetadata,
    StepEventStateMetadata,
)

REFRESH = "refresh"
CHANGING = ("create", "update", "replace", "delete", "import", "discard")
"""The steps that a plan is made of; a replacement's own parts are not counted beside it."""


@dataclass(frozen=True)
class State:
    """A resource as one side of a step has it."""

    parent: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    protect: bool


@dataclass(frozen=True)
class Step:
    """One step on one resource; `paths` are the properties that made it necessary."""

    op: str
    urn: str
    type: str
    old: State | None
    new: State | None
    paths: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Violation:
    """A policy that a resource breaks."""

    urn: str
    policy: str
    message: str
    mandatory: bool


@dataclass(frozen=True)
class Said:
    """An error of the engine or a provider, and the resource that it is about."""

    urn: str
    message: str


@dataclass
class Heard:
    """All that one run of the engine said; `watch` is told of each step as it ends."""

    watch: Callable[[Step], None] = lambda _step: None
    steps: list[Step] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    errors: list[Said] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    def __call__(self, event: EngineEvent) -> None:
        """Take one event of the Automation API."""
        if event.res_outputs_event:
            self.steps.append(_step(event.res_outputs_event.metadata))
            self.watch(self.steps[-1])
        elif event.policy_event:
            self.violations.append(_violation(event.policy_event))
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self.errors.append(_said(event.diagnostic_event))
        elif event.summary_event:
            changes = event.summary_event.resource_changes
            self.counts = {str(getattr(op, "value", op)): count for op, count in changes.items()}

    @property
    def refreshed(self) -> dict[str, Step]:
        """What was read of each resource of the state, by URN."""
        return {step.urn: step for step in self.steps if step.op == REFRESH}

    @property
    def changing(self) -> list[Step]:
        """The steps of the plan, each once."""
        found = {(step.urn, step.op): step for step in self.steps if step.op in CHANGING}
        return list(found.values())

    @property
    def keys(self) -> dict[str, str]:
        """Which key of the manifest each resource stands for, by URN, from its component."""
        latest = {step.urn: step.new or step.old for step in self.steps}
        return {urn: _key(urn, latest) for urn in latest}

    @property
    def messages(self) -> list[str]:
        """The errors' words."""
        return [said.message for said in self.errors]


def _key(urn: str, states: Mapping[str, State | None]) -> str:
    """The nearest `manifestKey` among the resource and its parents; empty without one."""
    seen: set[str] = set()
    while urn and urn not in seen:
        seen.add(urn)
        state = states.get(urn)
        key = state.outputs.get("manifestKey") if state else None
        if isinstance(key, str):
            return key
        urn = state.parent if state else ""
    return ""


def _step(data: StepEventMetadata) -> Step:
    detailed = data.detailed_diff or {}
    replacing = tuple(sorted(data.keys or ()))
    op = str(getattr(data.op, "value", data.op))
    return Step(
        op=op,
        urn=data.urn,
        type=data.type,
        old=_state(data.old),
        new=_state(data.new),
        paths=tuple(sorted(detailed or data.diffs or ())),
        replacing=replacing,
    )


def _state(data: StepEventStateMetadata | None) -> State | None:
    if data is None:
        return None
    return State(data.parent, data.inputs or {}, data.outputs or {}, bool(data.protect))


def _violation(event: PolicyEvent) -> Violation:
    mandatory = event.enforcement_level == "mandatory"
    return Violation(event.resource_urn or "", event.policy_name, event.message.strip(), mandatory)


def _said(event: DiagnosticEvent) -> Said:
    return Said(event.urn or "", event.message.strip())
