"""Where the devices plane keeps things on a laptop or a stick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """Folders and files under `WASL_HOME` (a laptop) or the stick's wasl-data partition."""

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
    def ssh_key(self) -> Path:
        """The same key in ssh's form; its certificate is beside it."""
        return self.data / "station" / "ssh"

    @property
    def records(self) -> Path:
        """Records, a folder a device."""
        return self.data / "records"

    @property
    def console(self) -> Path:
        """Devices that the console began and has not ended; a power cut leaves them there."""
        return self.data / "console.json"

    @property
    def papers(self) -> Path:
        """Labels and sheets, a folder a device."""
        return self.data / "papers"

    @property
    def synced(self) -> Path:
        """Which versions in the country's bucket hold what is here."""
        return self.data / "synced.json"

    @property
    def statements(self) -> Path:
        """What the country key certified and revoked."""
        return self.data / "statements"

    @property
    def journal(self) -> Path:
        """What this laptop set out to do, and how it ended."""
        return self.data / "journal"
