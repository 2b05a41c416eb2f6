"""All that the board tells, gathered from the four planes. Reads files only, and starts nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from wasl.board.facts import Count, Drift, Evidence, Facts, Plane, Verdict
from wasl.errors import WaslError
from wasl.history import Place
from wasl.manifest.catalogue import country_file, load
from wasl.manifest.country import Country
from wasl.planes.cloud import facts as cloud
from wasl.planes.content import facts as content
from wasl.planes.devices import facts as devices
from wasl.planes.identity import facts as identity
from wasl.planes.latest import kept
from wasl.result import SEVERITIES


def facts(root: Path, home: Path, environ: Mapping[str, str]) -> list[Facts]:
    """Every country of the checkout, by code. Raises what `load` raises."""
    return [_country(home, country, environ) for country in load(root).countries.values()]


def places(home: Path, code: str, environ: Mapping[str, str]) -> list[Place]:
    """The journals of a country, a plane each."""
    return [
        cloud.place(home, code, environ),
        devices.place(home, code),
        identity.place(home, code),
        content.place(home, code),
    ]


def _country(home: Path, country: Country, environ: Mapping[str, str]) -> Facts:
    tenancy, resources_up = cloud.facts(home, country, environ)
    computers, fleet = devices.facts(home, country)
    accounts, (learners, teachers, schools) = identity.facts(home, country)
    library, delivered = content.facts(home, country)

    def checked(plane: Plane) -> Plane:
        return replace(plane, drift=_drift(home, plane.name, country.code))

    return Facts(
        code=country.code,
        names=dict(country.names),
        environment=country.environment,
        manifest=Evidence("manifest", country_file(country.code), country.digest),
        planes={plane.name: checked(plane) for plane in (tenancy, computers, accounts, library)},
        devices=fleet,
        resources_up=resources_up,
        learners=learners,
        teachers=teachers,
        schools=schools,
        delivered=delivered,
    )


def _drift(home: Path, plane: str, code: str) -> Drift:
    """The last check; one that cannot be read is said to be so, and never counted as clean."""
    try:
        last = kept(home, plane, code)
    except WaslError:
        return Drift(Verdict.UNREADABLE)
    if last is None:
        return Drift()
    findings = last.checked.findings
    said = {one.severity for one in findings}
    evidence = Evidence("check", last.name, last.sha256, f"{last.at:%Y-%m-%dT%H:%M:%SZ}")
    return Drift(
        Verdict(last.checked.state),
        Count(len(findings), (evidence,)),
        next((one for one in SEVERITIES if one in said), None),
        last.at,
    )
