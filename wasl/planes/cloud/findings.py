"""What a preview with refresh says about drift, as the house's `Finding`s.

The engine first reads every resource of the state (`refresh` steps), then lets the program say what
it wants. A property that the first step moved was changed behind Pulumi's back; one that only the
second would move is a description that was not applied yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from infra.aws.paths import overlap, steps, value
from infra.policies.finding import finding
from wasl.errors import WaslError
from wasl.planes.cloud.about import About, about
from wasl.planes.cloud.changes import differing
from wasl.planes.cloud.events import Heard, Said, Step, Violation
from wasl.result import Finding, Kind

_ENGINE = "pulumi:pulumi:Stack"


def drift(heard: Heard, about: About) -> list[Finding]:
    """Every difference between AWS, state and description that one run of the engine saw."""
    refreshed = heard.refreshed
    return [
        one
        for step in heard.changing
        for one in _of_step(step, refreshed.get(step.urn), heard, about)
    ]


def until_failure(heard: Heard, about: About) -> list[Finding]:
    """What a run that failed had seen of AWS before: what it read, against the state."""
    return [one for step in heard.refreshed.values() for one in _of_refresh(step, heard, about)]


def unreadable(error: WaslError, heard: Heard, about: About) -> list[Finding]:
    """What could not be looked at: each resource that a read failed on, else the whole stack."""
    about_resources = [said for said in heard.errors if said.urn and _ENGINE not in said.urn]
    whole = [Said("", f"{error.code}: {error.what}")]
    return [
        _on(about, heard, said.urn, Kind.UNREADABLE, reason=said.message)
        for said in about_resources or whole
    ]


def policy_findings(violations: list[Violation], heard: Heard, about: About) -> list[Finding]:
    """The policies that a plan breaks."""
    return [
        replace(
            finding(
                item.policy,
                item.message,
                item.urn,
                "mandatory" if item.mandatory else "advisory",
                environment=about.environment,
                location=about.locate(heard.keys.get(item.urn, "")),
            ),
            country=about.stack,
            target=item.urn or f"stack {about.stack}",
        )
        for item in violations
    ]


def policies(root: Path, heard: Iterable[tuple[str, Heard]]) -> list[Finding]:
    """The policies that plans break, by stack."""
    return [
        finding
        for name, said in heard
        if said.violations
        for finding in policy_findings(said.violations, said, about(root, name))
    ]


def _of_step(step: Step, refresh: Step | None, heard: Heard, about: About) -> Iterator[Finding]:
    if step.op in ("create", "import"):
        gone = refresh is not None and refresh.new is None
        yield _on(about, heard, step.urn, Kind.MISSING if gone else Kind.UNAPPLIED)
    elif step.op in ("delete", "discard"):
        yield _on(about, heard, step.urn, Kind.UNAPPLIED, message="cloud.undescribed")
    else:
        moved = set(differing(refresh)) if refresh else set()
        for path in differing(step):
            yield _of_property(step, path, moved, heard, about)


def _of_property(step: Step, path: str, moved: set[str], heard: Heard, about: About) -> Finding:
    expected = value(step.new.inputs, path) if step.new else None
    found = value(step.old.inputs, path) if step.old else None
    kind = Kind.UNAPPLIED
    if any(overlap(path, other) for other in moved):
        added = expected is None and len(steps(path)) > 1
        kind = Kind.UNMANAGED if added else Kind.CHANGED
    return _on(about, heard, step.urn, kind, path, expected, found)


def _of_refresh(step: Step, heard: Heard, about: About) -> Iterator[Finding]:
    if step.new is None:
        yield _on(about, heard, step.urn, Kind.MISSING)
        return
    for path in differing(step):
        expected = value(step.old.inputs, path) if step.old else None
        found = value(step.new.inputs, path)
        added = expected is None and len(steps(path)) > 1
        kind = Kind.UNMANAGED if added else Kind.CHANGED
        if expected != found:  # else only outputs differ, which nobody describes
            yield _on(about, heard, step.urn, kind, path, expected, found)


def _on(
    about: About,
    heard: Heard,
    urn: str,
    kind: Kind,
    path: str = "",
    expected: object = None,
    found: object = None,
    *,
    message: str = "",
    reason: str = "",
) -> Finding:
    key, token = heard.keys.get(urn, ""), type_of(urn)
    return about.finding(
        kind, urn, token, path, expected, found, key=key, message=message, reason=reason
    )


def type_of(urn: str) -> str:
    """The resource's own type token, without its parents'."""
    return urn.split("::")[2].split("$")[-1] if urn.count("::") >= 3 else ""
