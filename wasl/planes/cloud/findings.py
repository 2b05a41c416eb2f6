"""What a preview with refresh says about drift, as the house's `Finding`s.

The engine first reads every resource of the state (`refresh` steps), then lets the program say what
it wants. A property that the first step moved was changed behind Pulumi's back; one that only the
second would move is a description that was not applied yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from infra.aws.paths import overlap, steps, value
from infra.policies.finding import finding
from wasl.errors import WaslError
from wasl.planes.cloud.changes import differing
from wasl.planes.cloud.events import Heard, Said, Step, Violation
from wasl.planes.cloud.severity import severity
from wasl.planes.cloud.shown import shown
from wasl.result import Environment, Finding, Kind, Location, Message

_ENGINE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class About:
    """The stack that findings are about, and where its manifest's keys stand."""

    stack: str
    environment: Environment = ""
    locate: Callable[[str], Location | None] = lambda _key: None

    def finding(
        self,
        heard: Heard,
        urn: str,
        kind: Kind,
        path: str = "",
        expected: object = None,
        found: object = None,
        message: Message | None = None,
    ) -> Finding:
        """A finding on a resource, or on the whole stack where `urn` is empty."""
        token = type_of(urn)
        was, now = shown(path, expected), shown(path, found)
        return Finding(
            plane="cloud",
            country=self.stack,
            target=urn or f"stack {self.stack}",
            kind=kind,
            severity=severity(token, path, kind),
            type=token,
            property=path,
            expected=was,
            found=now,
            environment=self.environment,
            location=self.locate(heard.keys.get(urn, "")),
            message=message
            or Message(
                f"cloud.{kind.value}" + ("-property" if path else ""),
                {**_words(urn, path), "expected": _json(was), "found": _json(now)},
            ),
            remedy=_remedy(self.stack, kind),
        )


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
        about.finding(
            heard,
            said.urn,
            Kind.UNREADABLE,
            message=Message("cloud.unreadable", {**_words(said.urn, ""), "reason": said.message}),
        )
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


def _of_step(step: Step, refresh: Step | None, heard: Heard, about: About) -> Iterator[Finding]:
    if step.op in ("create", "import"):
        gone = refresh is not None and refresh.new is None
        yield about.finding(heard, step.urn, Kind.MISSING if gone else Kind.UNAPPLIED)
    elif step.op in ("delete", "discard"):
        message = Message("cloud.undescribed", _words(step.urn, ""))
        yield about.finding(heard, step.urn, Kind.UNAPPLIED, message=message)
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
    return about.finding(heard, step.urn, kind, path, expected, found)


def _of_refresh(step: Step, heard: Heard, about: About) -> Iterator[Finding]:
    if step.new is None:
        yield about.finding(heard, step.urn, Kind.MISSING)
        return
    for path in differing(step):
        expected = value(step.old.inputs, path) if step.old else None
        found = value(step.new.inputs, path)
        added = expected is None and len(steps(path)) > 1
        kind = Kind.UNMANAGED if added else Kind.CHANGED
        if expected != found:  # else only outputs differ, which nobody describes
            yield about.finding(heard, step.urn, kind, path, expected, found)


def _words(urn: str, path: str) -> dict[str, str]:
    name = urn.rpartition("::")[2] if urn else ""
    return {"name": name, "type": type_of(urn), "property": path}


def type_of(urn: str) -> str:
    """The resource's own type token, without its parents'."""
    return urn.split("::")[2].split("$")[-1] if urn.count("::") >= 3 else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _remedy(stack: str, kind: Kind) -> str:
    if kind is Kind.UNREADABLE:
        return f"mend what keeps AWS from answering, then: wasl drift {stack}"
    if kind is Kind.UNAPPLIED:
        return f"wasl up {stack}"
    return f"wasl up {stack} --refresh"
