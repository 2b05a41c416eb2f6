"""What playbooks are told of a country: the manifest's devices section as plain variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device import trust
from wasl.errors import WaslError
from wasl.manifest.catalogue import load_country
from wasl.planes.devices.home import Home
from wasl.planes.told import spoken


def variables(root: Path, country: str, profile: str, home: str = "") -> dict[str, Any]:
    """A profile of a country, whom its devices trust, and its languages and time zone.

    Raises `WaslError` (WASL-DEVICES-PROFILE) for a profile that the manifest does not have.
    """
    manifest = load_country(root, country).countries[country]
    chosen = manifest.devices.profile(profile)
    if chosen is None:
        known = ", ".join(one.name for one in manifest.devices.profiles)
        raise WaslError(
            "WASL-DEVICES-PROFILE",
            f"{country} has no profile {profile!r}",
            where=f"countries/{country}.yaml devices.profiles",
            hint=f"known: {known}",
        )
    languages = chosen.languages or tuple(language.code for language in manifest.languages)
    first = languages[0] if languages[0] in ("ar", "fr", "en") else "en"
    with spoken():
        statements = trust.statements(Home(Path(home or root / ".wasl"), country).statements)
    return {
        **chosen.model_dump(mode="json"),
        "country": country,
        "languages": list(languages),
        "time_zone": manifest.time_zone,
        "sites": {site.name: getattr(site.shown, first) for site in manifest.devices.sites},
        "roots": list(manifest.devices.keys.signing),
        "sealing": manifest.devices.keys.sealing,
        "statements": statements,
    }
