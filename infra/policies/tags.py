"""Tags that say whose a resource is, and by which AWS finds it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infra.policies.facts import Facts
from infra.policies.kinds import TAGGED
from infra.policies.model import UNKNOWN, Problem, Resource, shown, undecided

URN_TAG = "wasl:urn"
CLASSIFICATIONS = ("public", "internal", "personal", "restricted")
_REMEDY = "make it a child of a component, which puts the tags on"


def tags(resource: Resource, facts: Facts) -> Iterator[Problem]:
    """Everything that takes tags says whose it is, truly."""
    if resource.type not in TAGGED:
        return
    found = resource.tags
    if found is UNKNOWN:
        yield undecided("tags")
        return
    for name, wanted in _wanted(resource, facts).items():
        path = f"tags.{name}"
        value = found.get(name)
        if value is UNKNOWN:
            yield undecided(path)
        elif not value:
            yield Problem(path, f"the tag {name} is missing", _REMEDY)
        elif wanted and value not in wanted:
            words = " or ".join(wanted)
            yield Problem(path, f"the tag {name} is {shown(value)}; it must be {words}", _REMEDY)


def _wanted(resource: Resource, facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Each tag and the values that it may have; without any, whatever is not empty."""
    every = {
        "owner": (),
        "cost-centre": (),
        "data-classification": CLASSIFICATIONS,
        # Tag values may hold no `$`.
        URN_TAG: (resource.urn.replace("$", "+"),),
    }
    if not facts.country:
        return {**every, "environment": ("foundation",)}
    own = {
        "country": (facts.country,),
        "environment": (facts.environment,),
        "partner": (facts.partner,),
    }
    return {**every, **own}
