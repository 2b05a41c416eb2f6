"""The devices plane's part of the one check: what each device of an inventory says of itself."""

from __future__ import annotations

from collections.abc import Sequence

from wasl.errors import WaslError
from wasl.manifest.catalogue import load_country
from wasl.planes.check import Place, Progress
from wasl.planes.devices.home import Home
from wasl.planes.devices.prepare import Job, drift
from wasl.result import Finding, Message


def check(
    place: Place, country: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """How devices differ from how they were left; nothing is changed on them."""
    return drift(job(place, country), lambda: progress("", 0, None)), ()


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
