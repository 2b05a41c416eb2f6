"""The policies as the engine takes them: thin glue over pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_policy.policy as sdk
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
    proxy,
)
from pulumi_policy.deserialize import serialize_properties

from infra.policies.catalogue import (
    COUNTRY,
    NOT_KNOWN_YET,
    ON_RESOURCE,
    ON_STACK,
    SEVERITIES,
    OnResource,
    OnStack,
)
from infra.policies.facts import Facts, facts
from infra.policies.model import UNKNOWN, Problem, Resource
from infra.policies.together import Stack
from infra.policies.words import write
from wasl.errors import WaslError

ROOT = Path(__file__).resolve().parents[2]
UNPROTECT = "wasl:unprotect"
ENDPOINT = "wasl:endpoint"
_STACK = "pulumi:pulumi:Stack"
_SENTINELS = frozenset(getattr(proxy, name) for name in dir(proxy) if name.startswith("UNKNOWN_"))
_run = analyzer_pb2.AnalyzerStackConfigureRequest()
"""What the engine said of this run. Nothing said means no preview: then nothing may be unknown."""
_undecided: dict[tuple[str, str], None] = {}
"""What this run's preview could not judge, by URN and property."""


class _Servicer(sdk._PolicyAnalyzerServicer):
    """The SDK's servicer, which keeps from policies whether this is a preview, and of what."""

    def ConfigureStack(  # noqa: N802 (named by the protocol)
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: Any
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        _run.CopyFrom(request)
        answer: analyzer_pb2.AnalyzerStackConfigureResponse = super().ConfigureStack(
            request, context
        )
        return answer


def main() -> None:
    """Serve the pack until the engine has done."""
    sdk._PolicyAnalyzerServicer = _Servicer  # type: ignore[misc]
    policies = [
        _known_country(),
        *map(_on_resource, ON_RESOURCE),
        *map(_on_stack, ON_STACK),
        _note(),
    ]
    PolicyPack("wasl", policies, enforcement_level=EnforcementLevel.MANDATORY)


def _on_resource(policy: OnResource) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        known = _facts(_stack(args.urn))
        if isinstance(known, Facts):
            resource = _resource(args)
            for problem in policy.check(resource, known):
                _say(resource, problem, report)

    return ResourceValidationPolicy(
        policy.name, policy.description, validate, severity=_severity(policy.name)
    )


def _on_stack(policy: OnStack) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        resources = [_of_stack(item) for item in args.resources]
        known = _facts(_stack(resources[0].urn)) if resources else None
        if isinstance(known, Facts):
            for resource, problem in policy.check(Stack(resources), known):
                _say(resource, problem, report)

    return StackValidationPolicy(
        policy.name, policy.description, validate, severity=_severity(policy.name)
    )


def _known_country() -> ResourceValidationPolicy:
    """Said once, of the stack itself; nothing else is judged then, and nothing made."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        known = _facts(_stack(args.urn))
        if args.resource_type == _STACK and isinstance(known, WaslError):
            report(write(Problem("", known.what, known.hint), _STACK, args.name), args.urn)

    description = "A manifest says what is permitted."
    return ResourceValidationPolicy(COUNTRY, description, validate, severity=_severity(COUNTRY))


def _note() -> StackValidationPolicy:
    """What a preview could not judge is said, once and as advice: `up` judges it."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if _undecided:
            names = sorted({" ".join(_short(urn)) for urn, _ in _undecided})
            what = f"{len(_undecided)} values are known only once AWS has given others"
            report(
                f"{what}; each is judged before its resource is made, and whatever cannot be "
                f"judged then is refused. They are in: {', '.join(names[:8])}"
                + ("…" if len(names) > 8 else ""),
                None,
            )

    return StackValidationPolicy(
        NOT_KNOWN_YET,
        "What this preview cannot know.",
        validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=_severity(NOT_KNOWN_YET),
    )


def _say(resource: Resource, problem: Problem, report: ReportViolation) -> None:
    if problem.undecided and _run.dry_run:
        _undecided[resource.urn, problem.property] = None
    else:
        report(write(problem, resource.type, resource.name), resource.urn)


@cache
def _facts(stack: str) -> Facts | WaslError:
    """The stack's facts, or why there are none. Read at the first resource, not at the start."""
    try:
        unprotected = _run.config.get(UNPROTECT, "") == "true"
        return facts(ROOT, stack, unprotected=unprotected, sandbox=ENDPOINT in _run.config)
    except WaslError as error:
        return error


def _short(urn: str) -> tuple[str, str]:
    """A resource's class and name: `QueuePolicy`, `roster`."""
    _, _, kind, name = urn.split("::", 3)
    return kind.rpartition(":")[2], name


def _stack(urn: str) -> str:
    return urn.partition("::")[0].rpartition(":")[2]


def _resource(args: ResourceValidationArgs | PolicyResource) -> Resource:
    provider = args.provider
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        name=args.name,
        props=_plain(args.props),
        provider_region=_plain(provider.props).get("region") or "" if provider else "",
        protect=args.opts.protect,
    )


def _of_stack(item: PolicyResource) -> Resource:
    found = _resource(item)
    depends = {
        name: frozenset(other.urn for other in others)
        for name, others in item.property_dependencies.items()
    }
    # A preview leaves out what was given and is not known yet.
    given = dict.fromkeys(depends, UNKNOWN) if _run.dry_run else {}
    return Resource(
        found.urn,
        found.type,
        found.name,
        {**given, **found.props},
        found.provider_region,
        found.protect,
        depends,
    )


def _plain(props: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as plain values, what is unknown as UNKNOWN."""
    known: dict[str, Any] = _known(serialize_properties(props))
    return known


def _known(value: Any) -> Any:
    if isinstance(value, str):
        return UNKNOWN if value in _SENTINELS else value
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_known(item) for item in value]
    return value


def _severity(name: str) -> Severity:
    return Severity(SEVERITIES[name].value)
