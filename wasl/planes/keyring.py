"""A country's keys and what they signed: devices and content believe, and sign by, the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playbooks.module_utils.wasl_device import trust
from playbooks.module_utils.wasl_device.signed import Document, PublicKey
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.manifest.devices import DeviceKeys


@dataclass(frozen=True)
class Keyring:
    """Files under `WASL_HOME` (a laptop) or the stick's wasl-data partition."""

    root: Path
    country: str

    @property
    def country_key(self) -> Path:
        """The country's signing key: only where the ministry signs, never in a kit."""
        return self.root / "keys" / self.country / "signing.key"

    @property
    def sealing_key(self) -> Path:
        """The age identity that opens what devices sealed."""
        return self.root / "keys" / self.country / "sealing.age"

    @property
    def data(self) -> Path:
        """What travels: records, statements, progress."""
        return self.root / "devices" / self.country

    @property
    def station_key(self) -> Path:
        """This laptop's or stick's own key, made at first use."""
        return self.data / "station" / "station.key"

    @property
    def statements(self) -> Path:
        """What the country key certified and revoked."""
        return self.data / "statements"


def certificate(ring: Keyring, key: PublicKey) -> Document | None:
    """The statement that certifies `key` longest, of those at hand; its worth is not asked here."""
    found = [
        statement
        for statement in trust.statements(ring.statements)
        if statement.get("kind") == trust.CERTIFICATE and statement["body"]["station"] == str(key)
    ]
    return max(found, key=lambda statement: str(statement["body"]["until"]), default=None)


def trusted(country: str, keys: DeviceKeys, folders: list[Path]) -> Trust:
    """Whom to believe: the manifest's keys, and the statements of `folders` that they signed."""
    roots = [PublicKey.parse(text) for text in keys.signing]
    found = [statement for folder in folders for statement in trust.statements(folder)]
    return Trust.of(country, roots, found)
