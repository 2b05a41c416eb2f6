"""Whether AWS offers, where a country is, what its tenancy uses."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from wasl.manifest.catalogue import Catalogue
from wasl.manifest.country import Country
from wasl.manifest.offers import Engine, Offers
from wasl.manifest.problems import invalid
from wasl.result import Finding, Kind


def offered(
    catalogue: Catalogue, code: str, offers: Offers, types: Collection[str]
) -> Iterator[Finding]:
    """AWS offers, in the country's region, every type, class and version that the tenancy uses."""
    country = catalogue.countries[code]
    yield from _regions(catalogue, country, offers)
    yield from _versions(catalogue, country, offers)
    if not offers.knows_region(country.region):
        return
    for name in sorted(types):
        if not offers.has_type(name, country.region):
            yield invalid(
                "WASL-MANIFEST-TYPE-NOT-OFFERED",
                catalogue.location(code, "region"),
                f"region.{name}",
                environment=country.environment,
                found=name,
                type=name,
                region=country.region,
            )
    yield from _classes(catalogue, country, offers)


def _regions(catalogue: Catalogue, country: Country, offers: Offers) -> Iterator[Finding]:
    """Regions that the data does not know, so that nothing can be said about them."""
    asked = [] if offers.knows_region(country.region) else [("region", country.region)]
    for purpose in type(country.residency.regions).model_fields:
        regions: tuple[str, ...] = getattr(country.residency.regions, purpose)
        asked += [
            (f"residency.regions.{purpose}.{number}", region)
            for number, region in enumerate(regions)
            if not offers.names_region(region)
        ]
    for key, region in asked:
        yield invalid(
            "WASL-MANIFEST-REGION-UNKNOWN",
            catalogue.location(country.code, key),
            key,
            kind=Kind.UNREADABLE,
            environment=country.environment,
            found=region,
            region=region,
        )


def _classes(catalogue: Catalogue, country: Country, offers: Offers) -> Iterator[Finding]:
    for key, value, known in (
        (
            "database.instance_class",
            country.database.instance_class,
            offers.database_classes(country.region),
        ),
        ("cache.node_type", country.cache.node_type, offers.node_types(country.region)),
    ):
        if value not in known:
            near = get_close_matches(value, sorted(known), n=3, cutoff=0.3)
            yield invalid(
                "WASL-MANIFEST-CLASS-NOT-OFFERED",
                catalogue.location(country.code, key),
                key,
                environment=country.environment,
                expected=near,
                found=value,
                value=value,
                region=country.region,
                near=", ".join(near) or "none",
            )


def _versions(catalogue: Catalogue, country: Country, offers: Offers) -> Iterator[Finding]:
    wanted: tuple[tuple[str, Engine, str], ...] = (
        ("database.version", "postgres", country.database.version),
        ("cache.version", country.cache.engine, country.cache.version),
    )
    for key, engine, version in wanted:
        known = offers.versions(engine)
        if version not in known:
            latest = [name for name in known if "-" not in name][-8:]
            yield invalid(
                "WASL-MANIFEST-VERSION-NOT-OFFERED",
                catalogue.location(country.code, key),
                key,
                environment=country.environment,
                expected=latest,
                found=version,
                engine=engine,
                value=version,
                known=", ".join(latest),
            )
