"""What the board tells of devices: by their records, held against the country's key."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from playbooks.module_utils.wasl_device import record
from playbooks.module_utils.wasl_device.errors import DeviceError
from wasl.board.facts import Devices, Evidence, Plane, Standing
from wasl.history import Place
from wasl.journal import FolderStore
from wasl.manifest.country import Country
from wasl.planes.devices import records
from wasl.planes.devices.home import Home
from wasl.planes.evidence import of_folder
from wasl.result import Message

BEGUN = "begun"
"""Recorded, with no stage behind it."""


def place(home: Path, code: str) -> Place:
    """What this laptop set out to do."""
    folder = Home(home, code).journal
    return Place("devices", str(folder.relative_to(home)), FolderStore(folder))


def facts(home: Path, country: Country) -> tuple[Plane, Devices]:
    """The plane, and its devices by site and stage. A record that does not hold is not counted."""
    own = Home(home, country.code)
    devices, broken = _devices(own, country)
    evidence = _evidence(home, own, [one.when for one in devices])
    sites = {site.name: site for site in country.devices.sites}
    found = Devices(
        Counter((one.site, one.stage or BEGUN) for one in devices),
        {name: sum(one.count for one in site.expected) for name, site in sites.items()},
        {name: dict(site.shown) for name, site in sites.items()},
        evidence,
    )
    remarks = _remarks(country, broken=broken, failed=any(one.failed for one in devices))
    since = max((one.when for one in devices), default="")
    standing = Standing.UNREADABLE if broken else _standing(found)
    return Plane("devices", standing, since, evidence, remarks if evidence else ()), found


def _devices(own: Home, country: Country) -> tuple[list[records.Device], bool]:
    """Devices whose records hold, and whether there are others.

    Where the manifest names no key, no signature can be held to one: the chains alone are.
    """
    if not any(own.records.glob("*/*.jsonl")):
        return [], False
    if not country.devices.keys.signing:
        found = [_whole(folder) for folder in sorted(own.records.glob("*/"))]
        return [one for one in found if one], None in found
    from wasl.planes.keyring import trusted

    trust = trusted(country.code, country.devices.keys, [own.statements])
    checked = records.check([own.records], trust)
    good = [one for one in checked if not one.problem]
    devices = [records.summary(one.device, [entry for entry, _ in one.entries]) for one in good]
    return devices, len(good) < len(checked)


def _whole(folder: Path) -> records.Device | None:
    try:
        entries = [entry for path in sorted(folder.glob("*.jsonl")) for entry in record.read(path)]
    except DeviceError:
        return None
    return records.summary(folder.name, record.in_order(entries)) if entries else None


def _standing(found: Devices) -> Standing:
    if not found.cells:
        return Standing.NONE
    last = records.STAGES[-1]
    ready = all(found.cells.get((site, last), 0) >= count for site, count in found.expected.items())
    return Standing.IN_PLACE if ready and any(found.expected.values()) else Standing.UNDER_WAY


def _remarks(country: Country, *, broken: bool, failed: bool) -> tuple[Message, ...]:
    said = []
    if broken:
        said.append(Message("board.records-broken"))
    if failed:
        said.append(Message("board.devices-failed"))
    if not country.devices.keys.signing:
        said.append(Message("board.records-unsigned"))
    return tuple(said)


def _evidence(home: Path, own: Home, times: list[str]) -> tuple[Evidence, ...]:
    files = sorted(own.records.glob("*/*.jsonl"))
    if not files:
        return ()
    name = str(own.records.relative_to(home))
    return (of_folder(name, own.records, files, max(times, default="")),)
