"""Handing a device over, on the controller: permitted by the record, put on paper, written down."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.record import Entry
from wasl.manifest.catalogue import load_country
from wasl.planes.devices import records
from wasl.planes.devices.home import Home
from wasl.planes.devices.paper.facts import Facts
from wasl.planes.devices.paper.press import press

_AFTER = records.undone_by("verify")


def verified(entries: Sequence[Entry]) -> Entry:
    """The verify entry that still stands. Raises WASL-HANDOVER-UNVERIFIED."""
    for entry in reversed(entries):
        if entry.stage == "verify" and entry.outcome == "done":
            return entry
        if (entry.stage == "verify" or entry.stage in _AFTER) and entry.outcome != "refused":
            raise _unverified(entry)
    raise _unverified(entries[-1] if entries else None)


def papers(
    root: Path, home: Home, site: str, profile: str, entries: Sequence[Entry]
) -> dict[str, Any]:
    """Label and sheet under the home's `papers`; their digests, for the record.

    Raises WASL-HANDOVER-UNVERIFIED and what `press` raises.
    """
    proof = verified(entries)
    country = load_country(root, home.country).countries[home.country]
    facts = Facts(country, site, profile, entries)
    made = press(facts, home.papers / facts.number)
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in made.items()}
    return {"verified": proof.digest, "papers": digests}


def label(root: Path, home: Home, site: str, profile: str, entries: Sequence[Entry]) -> Path:
    """A device's label alone, printed once. Raises what `press` raises."""
    country = load_country(root, home.country).countries[home.country]
    facts = Facts(country, site, profile, entries)
    file = home.papers / facts.number / "label.pdf"
    return file if file.exists() else press(facts, file.parent, ("label",))["label"]


def _unverified(entry: Entry | None) -> DeviceError:
    device = str(entry.body["device"]) if entry else "-"
    since = f"{entry.stage} {entry.body['time']}" if entry else "-"
    return DeviceError("WASL-HANDOVER-UNVERIFIED", device=device, since=since)
