"""Kolibri on a device: its command line, and what its own database says of itself.

Questions go to the database, read-only, because starting Kolibri to ask takes seconds. Content is
not copied: Kolibri reads it from the library, where packs put it and take it away.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import DeviceError
from .machine import Machine

PROGRAM = "/opt/kolibri/bin/kolibri"
HOME, USER = Path("/var/lib/kolibri"), "kolibri"
LIBRARY = Path("/var/lib/wasl/library")
LONGEST = 900  # seconds: an old computer with a full library


@dataclass(frozen=True)
class Kolibri:
    """The device's Kolibri."""

    machine: Machine
    program: str = PROGRAM
    home: Path = HOME

    @property
    def is_provisioned(self) -> bool:
        """Whether it has been set up: a facility, a language."""
        rows = self._rows(self.database, "SELECT is_provisioned FROM device_devicesettings")
        return bool(rows and rows[0][0])

    @property
    def database(self) -> Path:
        """Its own database."""
        return self.home / "db.sqlite3"

    def nodes(self, channel: str) -> set[str]:
        """Ids of a channel's nodes that a learner can open, topics included."""
        query = "SELECT id FROM content_contentnode WHERE channel_id = ? AND available = 1"
        return {str(row[0]) for row in self._rows(self.database, query, channel)}

    def known(self, channel: str) -> set[str]:
        """Ids of all the channel's nodes, to be opened or not."""
        query = "SELECT id FROM content_contentnode WHERE channel_id = ?"
        return {str(row[0]) for row in self._rows(self.database, query, channel)}

    def channels(self) -> set[str]:
        """Ids of the channels it has."""
        rows = self._rows(self.database, "SELECT id FROM content_channelmetadata")
        return {str(row[0]) for row in rows}

    def manage(self, *words: str) -> str:
        """One of its commands, as its own user. Raises WASL-CONFIGURE-COMMAND."""
        place = (f"KOLIBRI_HOME={self.home}", "LANG=C.UTF-8", "NO_COLOR=1")
        command = (self.program, "manage", *words)
        inside = ("runuser", "-u", USER, "--", "env", *place, *command)
        said = self.machine.run(*inside, timeout=LONGEST)
        if said.status != 0:
            lines = [line for line in (said.error or said.text).splitlines() if line.strip()]
            reason = lines[-1].strip()[:200] if lines else f"status {said.status}"
            raise DeviceError("WASL-CONFIGURE-COMMAND", command=" ".join(command), reason=reason)
        return said.text

    def _rows(self, database: Path, query: str, *values: str) -> list[tuple[object, ...]]:
        with _opened(database) as connection:
            if connection is None:
                return []
            with contextlib.suppress(sqlite3.OperationalError):  # no such table yet
                return list(connection.execute(query, values))
        return []


def offered(library: Path, channel: str) -> set[str]:
    """Ids of the nodes that a channel's own file brings."""
    with _opened(library / "content" / "databases" / f"{channel}.sqlite3") as connection:
        if connection is None:
            return set()
        rows = connection.execute("SELECT id FROM content_contentnode")
        return {str(row[0]) for row in rows}


@contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection | None]:
    """A database, for reading alone."""
    if not database.is_file():
        yield None
        return
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        yield connection
    finally:
        connection.close()
