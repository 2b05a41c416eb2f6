"""Whether a partner's hosting country is one that the residency contract permits."""

from __future__ import annotations

from wasl.errors import WaslError
from wasl.loopback import on_loopback
from wasl.manifest.country import Country
from wasl.manifest.identity import FeedTarget, Target
from wasl.manifest.partner import Partner

# Where AWS says that its regions are.
_COUNTRIES = {
    "af-south-1": "za",
    "ca-central-1": "ca",
    "eu-central-1": "de",
    "eu-central-2": "ch",
    "eu-north-1": "se",
    "eu-south-1": "it",
    "eu-south-2": "es",
    "eu-west-1": "ie",
    "eu-west-2": "gb",
    "eu-west-3": "fr",
    "il-central-1": "il",
    "me-central-1": "ae",
    "me-south-1": "bh",
    "us-east-1": "us",
    "us-east-2": "us",
    "us-west-1": "us",
    "us-west-2": "us",
}


def permitted(country: Country) -> frozenset[str]:
    """The countries where its people's data may be."""
    regions = country.residency.regions.permitted
    return frozenset({country.code, *(_COUNTRIES.get(region, "") for region in regions)} - {""})


def check(country: Country, partner: Partner, target: Target) -> None:
    """Refuse a partner that hosts elsewhere, or, outside this machine, nobody knows where.

    A feed stays in the tenancy's own bucket; what the partner does with it is its platform's
    matter, which runs in the tenancy. Raises `WaslError` (WASL-IDENTITY-RESIDENCY).
    """
    hosting = partner.hosting.value
    allowed = permitted(country)
    if hosting is not None and hosting not in allowed:
        raise _refused(country, partner, f"hosts in {hosting}, outside {sorted(allowed)}")
    if hosting is None and not isinstance(target, FeedTarget) and not on_loopback(target.url):
        raise _refused(country, partner, "hosts nobody knows where")


def _refused(country: Country, partner: Partner, what: str) -> WaslError:
    return WaslError(
        "WASL-IDENTITY-RESIDENCY",
        f"the partner {partner.name} {what}; {country.code}'s contract does not permit that",
        where=f"partners/{partner.name}.yaml hosting",
        hint="have the partner confirm where it hosts, or counsel extend residency.regions",
    )
