"""What the manifests say, held against each other, the calendar and what AWS offers; offline.

Each check is a pure function from a catalogue to findings; `check` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import date

from wasl.manifest.addresses import free_range, overlaps
from wasl.manifest.base import Fact
from wasl.manifest.catalogue import Catalogue
from wasl.manifest.country import Country
from wasl.manifest.identity import SignOn, address
from wasl.manifest.offered import offered
from wasl.manifest.offers import Offers
from wasl.manifest.problems import invalid
from wasl.result import Finding, Kind, Severity, by_severity

EXPIRY_NOTICE_DAYS = 90
PLACEHOLDERS = (".example", ".invalid", ".test")

# Keys whose value no two countries may share: DNS zones and AWS account addresses are global.
UNIQUE: dict[str, Callable[[Country], str]] = {
    "iso3": lambda country: country.iso3,
    "domain": lambda country: country.domain,
    "contacts.account": lambda country: country.contacts.account,
}


def check(
    catalogue: Catalogue, offers: Offers, *, today: date, types: Collection[str] = ()
) -> list[Finding]:
    """Every finding about every country of `catalogue`, most severe first.

    `types` are the CloudFormation types that a tenancy uses; `today` decides what is about to
    expire. Raises `WaslError` (WASL-MANIFEST-NO-DATA) where `offers` cannot be read.
    """
    findings = [*overlapping(catalogue), *shared(catalogue)]
    for code in catalogue.countries:
        findings += contract(catalogue, code)
        findings += readiness(catalogue, code)
        findings += expiry(catalogue, code, today)
        findings += offered(catalogue, code, offers, types)
    return sorted(findings, key=by_severity)


def contract(catalogue: Catalogue, code: str) -> Iterator[Finding]:
    """The tenancy's region is one that the residency contract permits, for all it keeps there."""
    country = catalogue.countries[code]
    for purpose in ("primary", "backup", "logs"):
        permitted: tuple[str, ...] = getattr(country.residency.regions, purpose)
        if country.region not in permitted:
            key = "region" if purpose == "primary" else f"residency.regions.{purpose}"
            yield invalid(
                "WASL-MANIFEST-REGION",
                catalogue.location(code, key),
                key,
                kind=Kind.RESIDENCY,
                severity=Severity.CRITICAL,
                environment=country.environment,
                expected=list(permitted),
                found=country.region,
                region=country.region,
                purpose=purpose,
                permitted=", ".join(permitted),
            )


def readiness(catalogue: Catalogue, code: str) -> Iterator[Finding]:
    """What leaves the sandbox is signed, and rests on no placeholder and no assumption."""
    country = catalogue.countries[code]
    status = country.residency.status
    if country.production and not country.residency.signed_off:
        yield invalid(
            "WASL-MANIFEST-UNSIGNED",
            catalogue.location(code, "residency.status"),
            "residency.status",
            kind=Kind.RESIDENCY,
            severity=Severity.CRITICAL,
            environment=country.environment,
            expected="signed-off",
            found=status,
            status=status,
        )
    if country.production or country.residency.signed_off:
        yield from _placeholders(catalogue, country)
        yield from _assumptions(catalogue, country)


def _placeholders(catalogue: Catalogue, country: Country) -> Iterator[Finding]:
    for key, value in _outside_names(country):
        host = value.removeprefix("https://").rpartition("@")[2].partition("/")[0].partition(":")[0]
        if host.endswith(PLACEHOLDERS):
            yield invalid(
                "WASL-MANIFEST-PLACEHOLDER",
                catalogue.location(country.code, key),
                key,
                environment=country.environment,
                found=value,
                value=value,
            )


def _outside_names(country: Country) -> Iterator[tuple[str, str]]:
    yield "domain", country.domain
    yield "platform.image", country.platform.image
    for name in ("operations", "security", "account"):
        yield f"contacts.{name}", getattr(country.contacts, name)
    sso = country.identity.sso or SignOn()
    behind = {f"identity.sso.providers.{number}": one for number, one in enumerate(sso.providers)}
    for key, one in {"sign_in": country.sign_in, **behind}.items():
        yield f"{key}.{'issuer' if one.protocol == 'oidc' else 'metadata_url'}", address(one)
    if sso.hub:
        yield "identity.sso.hub.redirect", sso.hub.redirect


def _assumptions(catalogue: Catalogue, country: Country) -> Iterator[Finding]:
    partner = catalogue.partner(country.code)
    facts = {"hosting": partner.hosting}
    for name in type(partner.platform).model_fields if partner.platform else ():
        facts[f"platform.{name}"] = getattr(partner.platform, name)
    for name, fact in facts.items():
        if isinstance(fact, Fact) and not fact.confirmed:  # type: ignore[redundant-expr]
            where = catalogue.partner_location(partner.name, name)
            yield invalid(
                "WASL-MANIFEST-ASSUMED",
                catalogue.location(country.code, "partner"),
                f"partner.{name}",
                environment=country.environment,
                expected="confirmed",
                found=fact.status,
                country=country.code,
                name=name,
                file=where,
            )


def expiry(catalogue: Catalogue, code: str, today: date) -> Iterator[Finding]:
    """The regulator's authorisation holds, and will for a while."""
    country = catalogue.countries[code]
    authorisation = country.residency.authorisation
    if authorisation is None:
        return
    days = (authorisation.expires - today).days
    if days > EXPIRY_NOTICE_DAYS:
        return
    expired = days < 0
    key = "residency.authorisation.expires"
    yield invalid(
        "WASL-MANIFEST-EXPIRED" if expired else "WASL-MANIFEST-EXPIRING",
        catalogue.location(code, key),
        key,
        kind=Kind.RESIDENCY if expired else Kind.INVALID,
        severity=Severity.CRITICAL if expired else Severity.LOW,
        environment=country.environment,
        found=authorisation.expires.isoformat(),
        reference=authorisation.reference,
        expires=authorisation.expires.isoformat(),
        days=days,
    )


def overlapping(catalogue: Catalogue) -> Iterator[Finding]:
    """No two countries' address ranges overlap."""
    ranges = {code: country.network.cidr for code, country in catalogue.countries.items()}
    free = free_range(ranges.values())
    for other, code in overlaps(ranges):
        yield invalid(
            "WASL-MANIFEST-OVERLAP",
            catalogue.location(code, "network.cidr"),
            "network.cidr",
            environment=catalogue.countries[code].environment,
            found=str(ranges[code]),
            cidr=ranges[code],
            other=other,
            other_cidr=ranges[other],
            free=free or "nothing of that size",
        )


def shared(catalogue: Catalogue) -> Iterator[Finding]:
    """What must be a country's own is not also another's."""
    for key, value_of in UNIQUE.items():
        first: dict[str, str] = {}
        for code, country in catalogue.countries.items():
            value = value_of(country)
            other = first.setdefault(value, code)
            if other != code:
                yield invalid(
                    "WASL-MANIFEST-SAME",
                    catalogue.location(code, key),
                    key,
                    environment=country.environment,
                    found=value,
                    value=value,
                    other=other,
                )
