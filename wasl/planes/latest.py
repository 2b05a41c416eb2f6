"""What the last check of each plane and country said, for whoever must answer at once.

One file a unit under WASL_HOME, replaced whole. Waivers are not applied to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from wasl.files import write_atomically
from wasl.result import Checked, Finding, Message

FOLDER = "checks"
VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Latest:
    """A check, and when it was made (UTC)."""

    checked: Checked
    at: datetime


def name(plane: str, country: str) -> str:
    """Where a unit's last check lies under WASL_HOME."""
    return f"{FOLDER}/{plane}/{country}.json"


def keep(home: Path, checks: Iterable[Checked]) -> None:
    """Remember checks, each in place of the one before."""
    at = datetime.now(UTC).strftime(_TIME)
    for one in checks:
        path = home / name(one.plane, one.country)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {
            "version": VERSION,
            "at": at,
            "plane": one.plane,
            "country": one.country,
            "environment": one.environment,
            "state": one.state,
            "findings": [finding.as_json() for finding in one.findings],
            "notes": [{"id": note.id, "arguments": dict(note.arguments)} for note in one.notes],
        }
        write_atomically(path, json.dumps(record, ensure_ascii=False) + "\n", mode=0o600)


def latest(home: Path) -> list[Latest]:
    """All that is remembered, by country and plane; what cannot be read was never checked."""
    found = [one for path in (home / FOLDER).glob("*/*.json") for one in _read(path)]
    return sorted(found, key=lambda one: (one.checked.country, one.checked.plane))


def _read(path: Path) -> Iterator[Latest]:
    try:
        record = json.loads(path.read_bytes())
        if record["version"] != VERSION:
            return
        yield Latest(
            Checked(
                record["plane"],
                record["country"],
                record["environment"],
                tuple(map(Finding.from_json, record["findings"])),
                tuple(Message(note["id"], note["arguments"]) for note in record["notes"]),
            ),
            datetime.strptime(record["at"], _TIME).replace(tzinfo=UTC),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return
