"""Where the devices plane keeps things on a laptop or a stick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playbooks.module_utils.wasl_device.record import PENDING
from wasl.planes.keyring import Keyring


@dataclass(frozen=True)
class Home(Keyring):
    """The same with the devices plane's own folders and files."""

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
    def pending(self) -> Path:
        """What a stick still has to do on devices that it put a system on, a file a device."""
        return self.data / PENDING

    @property
    def papers(self) -> Path:
        """Labels and sheets, a folder a device."""
        return self.data / "papers"

    @property
    def synced(self) -> Path:
        """Which versions in the country's bucket hold what is here."""
        return self.data / "synced.json"

    @property
    def journal(self) -> Path:
        """What this laptop set out to do, and how it ended."""
        return self.data / "journal"
