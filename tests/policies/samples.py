"""Facts and resources for the tests of single policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.policies.catalogue import ON_RESOURCE, ON_STACK
from infra.policies.facts import Facts, of
from infra.policies.model import Problem, Resource
from infra.policies.together import Stack

CERTIFICATE = "aws:acm/certificate:Certificate"


def facts(**changes: Any) -> Facts:
    """Jordan's, in the pilot; regions as its contract divides them."""
    manifest: dict[str, Any] = {
        "code": "jo",
        "region": "eu-south-1",
        "environment": "pilot",
        "partner": "classera",
        "delegated": "false",
        "edge": {"types": [CERTIFICATE]},
        "residency": {
            "regions": {
                "primary": ["eu-south-1"],
                "backup": ["eu-south-1", "eu-central-1"],
                "logs": ["eu-south-1"],
                "replicas": [],
            }
        },
    }
    regions = {key: changes.pop(key) for key in ("replicas", "backup") if key in changes}
    manifest["residency"]["regions"].update(regions)
    unprotected = changes.pop("unprotected", False)
    return of({**manifest, **changes}, "jo", unprotected=unprotected)


PRODUCTION = {"environment": "production", "delegated": "true"}


def resource(token: str, props: dict[str, Any], name: str = "it", **more: Any) -> Resource:
    """A resource of Jordan's tenancy, by a provider of its region."""
    return Resource(
        urn=f"urn:pulumi:jo::wasl::wasl:tenancy:Part${token}::{name}",
        type=token,
        name=name,
        props=props,
        **{"provider_region": "eu-south-1", **more},
    )


def judged(policy: str, what: Resource, known: Facts | None = None) -> list[Problem]:
    """What a policy of the catalogue says of a resource."""
    (found,) = (item for item in ON_RESOURCE if item.name == policy)
    return list(found.check(what, known or facts()))


def broken(policy: str, token: str, props: dict[str, Any], **changes: Any) -> list[str]:
    """The properties that a policy refuses, in a country with `changes`."""
    return [item.property for item in judged(policy, resource(token, props), facts(**changes))]


def together(policy: str, *resources: Resource, **changes: Any) -> list[tuple[str, str]]:
    """Name and property of what a policy on the whole stack refuses."""
    (found,) = (item for item in ON_STACK if item.name == policy)
    said: Iterator[tuple[Resource, Problem]] = found.check(Stack(resources), facts(**changes))
    return [(item.name, problem.property) for item, problem in said]
