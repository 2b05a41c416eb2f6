"""The stick as a computer's own system sees it: its parts, what it still has to do, its system.

A stick that put a system on a computer goes on there once that has started from its own disk. What
it runs then comes from its kit: nothing is run that the country has not signed, or that changed
while it was looked at.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from . import kits, record, signed
from .errors import DeviceError
from .files import medium_error
from .hardware.snapshot import identify
from .identity import recognise
from .listing import BLOCK
from .machine import Machine
from .record import PENDING
from .trust import Trust

SYSTEM = "filesystem.squashfs"
_PARTS = ("lsblk", "--noheadings", "--list", "--paths", "--output", "NAME,PARTLABEL")


def data_partition(machine: Machine, kit: Path) -> str:
    """The `wasl-data` of the very stick whose kit is mounted at `kit`; empty if it has none."""
    source = machine.run("findmnt", "--noheadings", "--output", "SOURCE", str(kit)).text.strip()
    disk = machine.run("lsblk", "--noheadings", "--nodeps", "--output", "PKNAME", source)
    if not disk.text.strip():
        return ""
    listed = machine.run(*_PARTS, f"/dev/{disk.text.strip()}").text.splitlines()
    rows = [line.split() for line in listed]
    return next((row[0] for row in rows if row[1:] == ["wasl-data"]), "")


def folder(data: Path, country: str) -> Path:
    """Where a stick keeps what it knows of a country's devices."""
    return data / "devices" / country


def pending(machine: Machine, data: Path, trust: Trust) -> str:
    """The number of this computer, if the stick has something left to do on it; else empty.

    Raises what `Trust.check` raises where no station that the country certified said so.
    """
    place = folder(data, trust.country)
    waiting = {path.stem: path for path in (place / PENDING).glob("*.json")}
    if not waiting:
        return ""
    number, _ = recognise(identify(machine), record.known_devices(place / "records"))
    if number not in waiting:
        return ""
    path = waiting[number]
    document = signed.parse(path.read_bytes(), path)
    made = str((document.get("body") or {}).get("made", ""))
    body, _ = trust.check(document, PENDING, "record", made, path)
    if (body.get("country"), body.get("device")) != (trust.country, number):
        raise DeviceError("WASL-DOCUMENT-BAD", file=path, reason="it is about another device")
    return number


def copy_system(kit: Path, trust: Trust, out: Path) -> None:
    """The stick's own system, proven to be what the country signed by the very bytes copied.

    Raises WASL-KIT-ALTERED, WASL-MEDIUM-FULL, WASL-MEDIUM-GONE and what `kits.listed` raises.
    """
    files = [one for one in kits.listed(kit, trust).files if one.path.endswith(f"/{SYSTEM}")]
    if len(files) != 1:
        raise DeviceError("WASL-KIT-ALTERED", file=kit, how=f"{len(files)} systems")
    (file,) = files
    digest = hashlib.sha256()
    try:
        with (kit / file.path).open("rb") as source, out.open("wb") as target:
            while block := source.read(BLOCK):
                digest.update(block)
                target.write(block)
    except OSError as error:
        raise medium_error(error, out) from error
    if digest.hexdigest() != file.sha256:
        raise DeviceError("WASL-KIT-ALTERED", file=kit / file.path, how="changed")
