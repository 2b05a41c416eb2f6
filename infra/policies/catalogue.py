"""The policies by name: what each asks, how much it matters, and the function that judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from infra.policies.copies import copies
from infra.policies.encryption import encryption
from infra.policies.facts import Facts
from infra.policies.ingress import ingress
from infra.policies.model import Problem, Resource
from infra.policies.permissions import permissions
from infra.policies.protection import protection
from infra.policies.public import public_access
from infra.policies.residency import residency, reviewed
from infra.policies.tags import tags
from infra.policies.together import Said, Stack, complete_stores, open_groups, replica_buckets
from wasl.result import Severity

COUNTRY = "known-country"
"""The policy that a stack breaks for which no manifest says what is permitted."""

NOT_KNOWN_YET = "not-known-yet"
"""The note, no violation, that says what a preview could not judge."""


@dataclass(frozen=True, slots=True)
class OnResource:
    """A policy on each resource, judged before the resource is made or changed."""

    name: str
    description: str
    severity: Severity
    check: Callable[[Resource, Facts], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class OnStack:
    """A policy on all resources together, judged when the program has described them all."""

    name: str
    description: str
    severity: Severity
    check: Callable[[Stack, Facts], Iterator[Said]]


ON_RESOURCE = (
    OnResource(
        "reviewed-types",
        "Only resource types that somebody has looked at.",
        Severity.HIGH,
        reviewed,
    ),
    OnResource(
        "residency",
        "Everything stands where the country's contract permits it.",
        Severity.CRITICAL,
        residency,
    ),
    OnResource(
        "copies",
        "Replicas, backups and logs go where the contract permits each.",
        Severity.CRITICAL,
        copies,
    ),
    OnResource("encryption", "Nothing is kept or sent in the clear.", Severity.HIGH, encryption),
    OnResource("public-access", "Nothing is open to the public.", Severity.CRITICAL, public_access),
    OnResource("ingress", "Only HTTPS of the balancer is open.", Severity.CRITICAL, ingress),
    OnResource("tags", "Tags say whose everything is.", Severity.MEDIUM, tags),
    OnResource("permissions", "Nobody may do more than is named.", Severity.HIGH, permissions),
    OnResource("protection", "In production, data outlives mistakes.", Severity.HIGH, protection),
)
ON_STACK = (
    OnStack(
        "complete-stores",
        "Each bucket and queue has all of its settings.",
        Severity.HIGH,
        complete_stores,
    ),
    OnStack(
        "open-groups",
        "A group that lets the world in is the balancer's alone.",
        Severity.CRITICAL,
        open_groups,
    ),
    OnStack(
        "replica-buckets",
        "Objects are replicated where the contract permits replicas.",
        Severity.CRITICAL,
        replica_buckets,
    ),
)
SEVERITIES = {policy.name: policy.severity for policy in (*ON_RESOURCE, *ON_STACK)} | {
    COUNTRY: Severity.CRITICAL,
    NOT_KNOWN_YET: Severity.LOW,
}
