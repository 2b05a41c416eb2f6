"""What label and sheet say of a device, from its record and its country's manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from playbooks.module_utils.wasl_device.record import Entry
from wasl.manifest.country import Country
from wasl.messages import LANGUAGES, Language


@dataclass(frozen=True)
class Facts:
    """A device on the day it is handed over."""

    country: Country
    site: str
    profile: str
    entries: Sequence[Entry]

    @property
    def number(self) -> str:
        """The device's number, as on its label."""
        return str(self.entries[-1].body["device"])

    @property
    def code(self) -> str:
        """What the QR code holds: country, number, the newest entry's digest (16 hex digits)."""
        return f"WASL {self.country.code} {self.number} {self.entries[-1].digest[:16]}"

    @property
    def name(self) -> str:
        """Maker and model."""
        identity = self.entries[-1].identity
        return f"{identity.vendor} {identity.product}".strip() or "-"

    def site_in(self, language: Language) -> str:
        """The site's name."""
        sites = self.country.devices.sites
        shown = next((one.shown for one in sites if one.name == self.site), None)
        return str(getattr(shown, language)) if shown else self.site

    def accounts_in(self, language: Language) -> str:
        """The accounts' names on the screen."""
        profile = self.country.devices.profile(self.profile)
        shown = [str(getattr(one.shown, language)) for one in profile.accounts] if profile else []
        return ("، " if language == "ar" else ", ").join(shown)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The country's languages that wasl speaks, in the country's order; at least one."""
        spoken = [one.code for one in self.country.languages]
        found = tuple(one for code in spoken for one in LANGUAGES if one == code)
        return found or ("fr", "en")

    def last(self, stage: str) -> Entry | None:
        """The newest entry of a stage that was done."""
        found = (one for one in reversed(self.entries) if one.stage == stage)
        return next((one for one in found if one.outcome == "done"), None)
