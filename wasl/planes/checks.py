"""What the last drift check of each plane and country said, as the check keeps it on disk."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from wasl.board.facts import Count, Drift, Evidence, Verdict
from wasl.planes import latest
from wasl.result import SEVERITIES, Severity


def last(home: Path, plane: str, code: str) -> Drift:
    """The last check; one that cannot be read is said to be so, and never counted as clean."""
    name = latest.name(plane, code)
    try:
        data = (home / name).read_bytes()
    except FileNotFoundError:
        return Drift()
    except OSError:
        return Drift(Verdict.UNREADABLE)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        return _drift(json.loads(data), Evidence("check", name, sha256))
    except (ValueError, KeyError, TypeError):
        return Drift(Verdict.UNREADABLE, Count(None, (Evidence("check", name, sha256),)))


def _drift(record: dict[str, Any], evidence: Evidence) -> Drift:
    at = datetime.fromisoformat(record["at"])
    findings = record["findings"]
    said = {Severity(one["severity"]) for one in findings}
    kept = Evidence(evidence.kind, evidence.place, evidence.digest, record["at"])
    return Drift(
        Verdict(record["state"]),
        Count(len(findings), (kept,)),
        next((one for one in SEVERITIES if one in said), None),
        at,
    )
