"""Where a resource stands, against the country's residency contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.policies.facts import Facts
from infra.policies.kinds import CLOUDFRONT, GLOBAL, KNOWN, TAGGED, purposes
from infra.policies.model import UNKNOWN, Problem, Resource, told, undecided
from wasl.result import Message

EDGE_REGION = "us-east-1"
_REGION = re.compile(
    r"(?<![a-z0-9])((?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov|-iso[a-z]?)?"
    r"-(?:north|south|east|west|central)(?:east|west)?-[1-9])(?=[a-z]?(?![a-z0-9]))"
)
# Words for people, and limits that name regions in order to deny them.
_NO_PLACE = frozenset({"tags", "tagsAll", "description", "comment", "__defaults"})
_LIMITS = "aws:organizations/policy:Policy"
_OURS = ("aws", "wasl", "pulumi")


def reviewed(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Only types that the policies know, of the one provider that they know."""
    package, _, rest = resource.type.partition(":")
    if resource.type.startswith("pulumi:providers:"):
        package = rest.rpartition(":")[2]
    if package not in _OURS:
        what = f"the policies know nothing of the provider {package!r}"
        yield Problem("", what, "use the aws provider, or write policies for that one")
    elif package == "aws" and resource.type not in (*KNOWN, "pulumi:providers:aws"):
        what = f"no policy was written for {resource.type}: it may hold data unencrypted, or abroad"
        yield Problem("", what, "look at what it holds, then name it in infra/policies/kinds.py")


def residency(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """A resource stands, and names regions, only where the contract permits it."""
    if resource.type == "pulumi:providers:aws" or resource.type.startswith("aws:"):
        yield from _place(resource, facts)
        yield from _named(resource, facts)


def _place(resource: Resource, facts: Facts) -> Iterator[Problem]:
    if resource.type in GLOBAL:
        return
    if resource.type in CLOUDFRONT:
        yield from _edge(resource, facts, "CloudFront")
        return
    region = resource.region
    if region is UNKNOWN:
        yield undecided("region")
    elif not region:
        yield told("region", "residency.no-region")
    elif region == EDGE_REGION and resource.type in facts.edge:
        yield from _public_only(resource)
    elif region not in facts.permitted(*purposes(resource)):
        yield _abroad("region", str(region), purposes(resource), facts)


def _edge(resource: Resource, facts: Facts, what: str) -> Iterator[Problem]:
    if not facts.edge:
        yield told("", "residency.edge", what=what, manifest=facts.manifest)
    else:
        yield from _public_only(resource)


def _public_only(resource: Resource) -> Iterator[Problem]:
    if resource.type not in TAGGED:
        return
    found = resource.get("tags.data-classification")
    if found is UNKNOWN:
        yield undecided("tags.data-classification")
    elif found != "public":
        yield told("tags.data-classification", "residency.not-public", found=repr(found))


def _named(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Regions in ARNs, endpoints, zones and settings, wherever in the properties they are."""
    if resource.type == _LIMITS:
        return
    allowed = facts.permitted()
    if facts.edge and (resource.type in facts.edge or resource.type in CLOUDFRONT):
        allowed |= {EDGE_REGION}
    for path, text in _texts(resource.props, ""):
        for region in sorted(set(_REGION.findall(text)) - allowed):
            if path != "region":
                yield _abroad(path, region, (), facts)


def _texts(here: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(here, str):
        yield path, here
    elif isinstance(here, Mapping):
        for key, item in here.items():
            if key not in _NO_PLACE:
                yield from _texts(item, f"{path}.{key}" if path else key)
    elif isinstance(here, Sequence):
        for number, item in enumerate(here):
            yield from _texts(item, f"{path}.{number}")


def _abroad(path: str, region: str, wanted: tuple[str, ...], facts: Facts) -> Problem:
    return told(
        path,
        "residency.abroad",
        path=path,
        region=region,
        wanted=" / ".join(wanted) or Message("residency.anything"),
        permitted=", ".join(sorted(facts.permitted(*wanted))) or Message("residency.nowhere"),
        manifest=facts.manifest,
        key=f"residency.regions.{wanted[0]}" if wanted else "residency.regions",
    )


def permitted_here(path: str, region: Any, wanted: tuple[str, ...], facts: Facts) -> list[Problem]:
    """What is wrong with keeping something (`wanted`) in `region`, said of the property `path`."""
    if region is UNKNOWN:
        return [undecided(path)]
    if region in facts.permitted(*wanted):
        return []
    return [_abroad(path, str(region), wanted, facts)]
