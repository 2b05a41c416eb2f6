"""What stands, or sends copies, where the country's contract does not permit it.

The rules are those that the policies hold a program to, asked of what AWS really has.
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.paths import overlap
from infra.live.found import Found
from infra.live.listing import Thing
from infra.policies.copies import copies
from infra.policies.facts import Facts
from infra.policies.model import Problem, Resource
from infra.policies.residency import residency
from wasl.result import Kind


def problems(
    token: str, name: str, region: str, props: dict[str, object], facts: Facts
) -> list[Problem]:
    """Everything that the contract says against a thing with these properties."""
    resource = Resource("", token, name, props, provider_region=region)
    return [*residency(resource, facts), *copies(resource, facts)]


def reclassified(found: list[Found], told: list[Problem], about: Found) -> Iterator[Found]:
    """`found` with a breach of the contract in the place of the difference that it is.

    `about` is a finding on the whole resource, for a breach that is no difference.
    """
    left = list(told)
    for item in found:
        same = [problem for problem in left if overlap(problem.property, item.property)]
        if same:
            left = [problem for problem in left if problem not in same]
            yield _breach(item, same[0], item.property)
        else:
            yield item
    for problem in left:
        yield _breach(about, problem, problem.property)


def stranger(item: Thing, facts: Facts) -> list[Problem]:
    """What the contract says against something that is in no state."""
    props = {"region": item.region, **item.live}
    told = problems(item.kind.token, item.id, item.region, props, facts)
    # What AWS answers names regions in passing; where it stands and where copies go is what counts.
    return [problem for problem in told if problem.property == "region" or _copied(problem)]


def _copied(problem: Problem) -> bool:
    return any(word in problem.property for word in ("replicas", "copyActions", "estination"))


def _breach(item: Found, problem: Problem, path: str) -> Found:
    return Found(
        Kind.RESIDENCY,
        item.target,
        item.type,
        path,
        item.expected,
        item.found,
        item.key,
        problem.words,
        problem.next,
    )
