"""Which Debian packages a country's systems are made of: the manifest's choice among the sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from wasl.errors import WaslError
from wasl.manifest.base import Model
from wasl.manifest.country import Country
from wasl.manifest.devices import PackageName

DATA = Path(__file__).parent
Packages = tuple[PackageName, ...]


class PackageSets(Model):
    """`packages.yaml`: packages by what they are for."""

    suite: str = Field(pattern=r"^[a-z]+$", description="Debian's name of the release.")
    sets: Mapping[str, Packages] = Field(description="Sets that a manifest chooses among.")
    languages: Mapping[str, Packages] = Field(description="What a language needs.")
    desktop_only: Packages = Field(description="Left out where no desktop is chosen.")
    live: Packages = Field(description="The stick's own system.")
    tools: Packages = Field(description="What makes file systems and boot loaders.")


@cache
def package_sets() -> PackageSets:
    """The project's own sets."""
    return PackageSets.model_validate(yaml.safe_load((DATA / "packages.yaml").read_text("utf-8")))


def image_packages(sets: PackageSets, country: Country) -> tuple[str, ...]:
    """All packages of all profiles of a country, sorted, so that configure fetches nothing.

    Raises `WaslError` (WASL-PACKAGES-SET) for a set or a language that is not known.
    """
    devices = country.devices
    has_desktop = "desktop" in devices.image.sets
    names: set[str] = set()
    for name in devices.image.sets:
        names.update(_known(sets.sets, name, "set", country.code))
    codes = {language.code for language in country.languages}
    for profile in devices.profiles:
        codes.update(profile.languages)
        if has_desktop:
            names.update(profile.applications)
    for code in codes:
        spoken = _known(sets.languages, code, "language", country.code)
        names.update(one for one in spoken if has_desktop or one not in sets.desktop_only)
    return tuple(sorted(names))


def _known(table: Mapping[str, Packages], name: str, what: str, country: str) -> Iterable[str]:
    if name not in table:
        raise WaslError(
            "WASL-PACKAGES-SET",
            f"there are no packages for the {what} {name!r}",
            where=f"countries/{country}.yaml devices",
            hint=f"known: {', '.join(sorted(table))}; add it to {DATA.name}/packages.yaml",
        )
    return table[name]
