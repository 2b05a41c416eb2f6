"""The devices plane's part of the one check: what each device of an inventory says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wasl.errors import WaslError
from wasl.manifest.catalogue import load_country
from wasl.planes.check import Place, Progress
from wasl.planes.devices.home import Home
from wasl.planes.devices.prepare import Job, drift, targets
from wasl.result import Finding, Message


def parts(place: Place, country: str) -> Sequence[str]:
    """The sites of the inventory's devices; none where a limit says which devices are meant."""
    return () if place.limit else sorted(_sites(job(place, country)))


def check(
    place: Place, country: str, part: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """How a site's devices differ from how they were left; nothing is changed on them."""
    asked = job(place, country)
    if part:
        asked = replace(asked, limit=",".join(_sites(asked).get(part, ())))
    return drift(asked, lambda: progress("", 0, None)), ()


def _sites(asked: Job) -> dict[str, list[str]]:
    """Devices by the site that the inventory gives them."""
    found: dict[str, list[str]] = {}
    for host, variables in targets(asked).items():
        found.setdefault(str(variables.get("wasl_site", "")), []).append(host)
    return found


def job(place: Place, country: str) -> Job:
    """The devices of a country, and how they are configured: what drift looks at and mends.

    Raises `WaslError` (WASL-DEVICES-INVENTORY) where nothing says which devices there are.
    """
    catalogue = load_country(place.root, country)
    named = catalogue.countries[country].devices.inventory
    if place.inventory is None and named is None:
        raise WaslError(
            "WASL-DEVICES-INVENTORY",
            f"the manifest names no inventory of the devices of {country}",
            where=str(catalogue.location(country, "devices")),
            hint="write devices.inventory, or add --inventory FILE",
        )
    inventory = place.inventory or place.root / str(named)
    return Job(
        root=place.root,
        home=Home(place.home, country),
        inventory=inventory.resolve(),
        stages=("configure",),
        limit=place.limit,
        language=place.language,
    )
