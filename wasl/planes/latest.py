"""What the last check of each plane and country said, for whoever must answer at once.

One file a unit under WASL_HOME, replaced whole. Waivers are not applied to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wasl.errors import WaslError
from wasl.files import write_atomically
from wasl.result import Checked, Finding, Message

VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Kept:
    """A check, when it was made (UTC), and its file under WASL_HOME with that file's SHA-256."""

    checked: Checked
    at: datetime
    name: str
    sha256: str


def name(plane: str, country: str) -> str:
    """Where a unit's last check lies under WASL_HOME."""
    return f"checks/{plane}/{country}.json"


def keep(home: Path, checks: Iterable[Checked], at: datetime | None = None) -> None:
    """Remember checks (of now, unless `at` says otherwise), each in place of the one before."""
    time = (at or datetime.now(UTC)).strftime(_TIME)
    for one in checks:
        path = home / name(one.plane, one.country)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        record = {
            "version": VERSION,
            "at": time,
            "plane": one.plane,
            "country": one.country,
            "environment": one.environment,
            "state": one.state,
            "findings": [finding.as_json() for finding in one.findings],
            "notes": [note.as_json() for note in one.notes],
        }
        write_atomically(path, json.dumps(record, ensure_ascii=False) + "\n", mode=0o600)


def kept(home: Path, plane: str, country: str) -> Kept | None:
    """The last check of a unit; None where there was none.

    Raises `WaslError` (WASL-CHECK-KEPT) where its file cannot be read, which is never clean.
    """
    where = name(plane, country)
    try:
        data = (home / where).read_bytes()
        checked, at = _read(json.loads(data))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WaslError(
            "WASL-CHECK-KEPT",
            f"what the last check said cannot be read ({type(error).__name__})",
            where=where,
            hint=f"wasl drift {country} --plane {plane} looks again",
        ) from error
    return Kept(checked, at, where, hashlib.sha256(data).hexdigest())


def _read(record: Any) -> tuple[Checked, datetime]:
    if record["version"] != VERSION:
        raise ValueError(record["version"])
    checked = Checked(
        record["plane"],
        record["country"],
        record["environment"],
        tuple(map(Finding.from_json, record["findings"])),
        tuple(map(Message.from_json, record["notes"])),
    )
    return checked, datetime.strptime(record["at"], _TIME).replace(tzinfo=UTC)
