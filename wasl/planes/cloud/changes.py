"""A plan's steps as the house's `Change`s."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from infra.aws.catalogue import TYPES
from infra.aws.compare import IGNORED
from infra.aws.paths import steps, value
from wasl.errors import WaslError
from wasl.messages import say
from wasl.planes.cloud.events import State, Step
from wasl.planes.cloud.shown import shown
from wasl.result import Action, Change, Message

_ACTIONS = {
    "create": Action.CREATE,
    "import": Action.CREATE,
    "update": Action.UPDATE,
    "replace": Action.REPLACE,
    "delete": Action.DELETE,
    "discard": Action.DELETE,
}


def changes(steps: Iterable[Step], stack: str) -> list[Change]:
    """What a plan would do, resource by resource; the stack itself is no resource."""
    wanted = (step for step in steps if step.type != "pulumi:pulumi:Stack")
    return sorted((_change(step, stack) for step in wanted), key=lambda change: change.target)


def losing_data(steps: Iterable[Step], permitted: Iterable[str] = ()) -> list[Step]:
    """The steps that would delete or replace what holds data and was not named."""
    named = frozenset(permitted)
    return [
        step
        for step in steps
        if step.op in ("replace", "delete")
        and step.urn not in named
        and step.type in TYPES
        and TYPES[step.type].stateful
    ]


def refuse_losing_data(stack: str, steps: Sequence[Step]) -> None:
    """Raise WASL-DATA-LOSS where there are any, with the words that would permit them."""
    if not steps:
        return
    listed = "\n    ".join(f"{step.op} {step.urn}: {say(_reason(step))}" for step in steps)
    raise WaslError(
        "WASL-DATA-LOSS",
        f"this would replace or delete what holds data; nothing was changed\n    {listed}",
        where=f"stack {stack}",
        hint="undo the change of the description, or permit each by its URN: "
        + " ".join(f"--replace {shlex.quote(step.urn)}" for step in steps),
    )


def differing(step: Step) -> tuple[str, ...]:
    """The paths of inputs that differ, without what the provider derives from others."""
    return tuple(path for path in step.paths if steps(path) and steps(path)[0] not in IGNORED)


def _change(step: Step, stack: str) -> Change:
    paths = differing(step) if step.op in ("update", "replace") else ()
    return Change(
        plane="cloud",
        country=stack,
        target=step.urn,
        action=_ACTIONS[step.op],
        reason=_reason(step),
        before=_values(step.old, paths),
        after=_values(step.new, paths),
    )


def _reason(step: Step) -> Message:
    words = {"properties": ", ".join(step.replacing)} if step.replacing else {}
    return Message(f"cloud.reason.{step.op}" + ("-property" if words else ""), words)


def _values(state: State | None, paths: Sequence[str]) -> dict[str, object]:
    inputs = state.inputs if state else {}
    return {path: shown(path, value(inputs, path)) for path in paths}
