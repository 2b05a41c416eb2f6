"""The wipe stage on one device: guarded, several disks at once, a certificate or a reason each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import clock
from ..blocks import opened
from ..errors import DeviceError
from ..files import require_writable
from ..hardware.disks import Disk, disks, hiding_controllers
from ..hardware.nvme import controller_path
from ..hardware.snapshot import identify
from ..identity import Identity
from ..machine import Machine
from ..progress import Progress
from . import firmware, guard
from .overwrite import overwrite
from .plan import OVERWRITE, Technique, refusal, technique

STANDARD = "NIST SP 800-88 Rev. 2"


@dataclass(frozen=True)
class Request:
    """What a technician asks for: the device's serial, and disks by path or serial (none: all)."""

    serial: str
    person: str  # who answers for it, on each certificate
    recorded: Identity | None = None  # the device whose printed number `serial` is
    disks: tuple[str, ...] = ()
    practice: tuple[str, ...] = ()  # loop devices that may stand for disks
    state: Path | None = None  # where marks and progress are kept; must be writable
    report: str = ""  # where to send progress


@dataclass(frozen=True)
class Planned:
    """A disk and how it will be erased, or why not."""

    disk: Disk
    technique: Technique | None
    reason: DeviceError | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, for a plan."""
        told: dict[str, Any] = {"disk": self.disk.path, "serial": self.disk.serial}
        if self.technique is not None:
            return {**told, "technique": self.technique.name, "method": self.technique.method}
        return {**told, **_failure(self.reason)}


def plan(machine: Machine, request: Request) -> list[Planned]:
    """What would be done, disk by disk; nothing is touched.

    Raises what the guards raise: WASL-WIPE-NOBODY, -UNNAMED, -OTHER-DEVICE, -NO-DISK, -IN-USE,
    -OURS, -REAL, -RAID-MODE.
    """
    guard.require_person(request.person)
    guard.require_named(identify(machine, request.practice), request.serial, request.recorded)
    found = disks(machine, request.practice)
    practice = bool(request.practice) or not machine.is_live
    chosen = _chosen(machine, found, request, practice=practice)
    shared = Counter(controller_path(disk.path) for disk in found if disk.kind == "nvme")
    return [
        _planned(machine, disk)
        if shared[controller_path(disk.path)] < 2  # an erase may reach them all, named or not
        else Planned(disk, None, refusal("NAMESPACES", disk))
        for disk in chosen
    ]


def wipe(machine: Machine, request: Request) -> dict[str, Any]:
    """Erase, and say how it ended: `certificates`, `failures`, `complete`.

    Raises what `plan` raises, and WASL-MEDIUM-FULL, WASL-MEDIUM-GONE before anything is touched.
    """
    planned = plan(machine, request)
    if request.state is not None:
        require_writable(request.state)
    planned = [_unlocked(machine, one) for one in planned]
    with ThreadPoolExecutor(len(planned)) as pool:
        results = list(pool.map(lambda one: _wipe(machine, one, request), planned))
    failures = [result for result in results if "code" in result]
    failures += [{**_raid_mode(one).as_json(), "disk": "-"} for one in _hiding(machine)]
    certificates = [result for result in results if "method" in result]
    return {"certificates": certificates, "failures": failures, "complete": not failures}


def _chosen(
    machine: Machine, found: Sequence[Disk], request: Request, *, practice: bool
) -> list[Disk]:
    """The disks to erase. Raises WASL-WIPE-RAID-MODE where all may be hidden, and as `choose`."""
    try:
        return guard.choose(found, request.disks, practice=practice)
    except DeviceError as error:
        if error.code == "WASL-WIPE-NO-DISK" and (hiding := _hiding(machine)):
            raise _raid_mode(hiding[0]) from error
        raise


def _hiding(machine: Machine) -> list[str]:
    """Controllers behind which disks may hide; of a practice computer, which has none, nothing."""
    return hiding_controllers(machine) if machine.is_live else []


def _raid_mode(controller: str) -> DeviceError:
    return DeviceError("WASL-WIPE-RAID-MODE", controller=controller)


def _planned(machine: Machine, disk: Disk) -> Planned:
    try:
        return Planned(disk, technique(machine, disk))
    except DeviceError as error:
        return Planned(disk, None, error)


def _unlocked(machine: Machine, one: Planned) -> Planned:
    """A disk that an erase of ours left locked when the power went is asked again."""
    if one.reason is None or one.reason.code != "WASL-WIPE-LOCKED":
        return one
    firmware.unlock(machine, one.disk)
    return _planned(machine, one.disk)


def _wipe(machine: Machine, one: Planned, request: Request) -> dict[str, Any]:
    """One disk's certificate, or its failure."""
    about = {
        "disk": one.disk.path,
        "medium": one.disk.kind,
        "model": one.disk.model,
        "serial": one.disk.serial,
        "wwn": one.disk.wwn,
        "size": one.disk.size,
    }
    if one.technique is None:
        return {**about, **_failure(one.reason)}
    started = clock.now()
    try:
        proof = _erase(machine, one.disk, one.technique, request)
    except DeviceError as error:
        return {**about, "technique": one.technique.name, **_failure(error)}
    return {
        **about,
        "standard": STANDARD,
        "method": one.technique.method,
        "technique": one.technique.name,
        "tool": one.technique.tool,
        "tool_version": _version(machine, one.technique),
        "person": request.person.strip(),
        "read_back": proof,
        "started": started,
        "finished": clock.now(),
    }


def _erase(machine: Machine, disk: Disk, way: Technique, request: Request) -> dict[str, Any]:
    progress = Progress("wipe", disk.path, request.state, request.report)
    if way is not OVERWRITE:
        return firmware.erase(machine, disk, way, progress)
    with opened(disk.path, write=True) as blocks:
        done = overwrite(blocks, disk.serial or disk.path, request.state, progress)
        blocks.forget_partitions()
    if not done.is_clean:
        broken = [*done.unwritable, *done.unreadable]
        code = "WASL-WIPE-BAD-SECTORS" if broken else "WASL-DISK-LIES"
        places = broken or [*done.lost, *done.different]
        raise DeviceError(code, disk=disk.path, offset=min(places), count=len(places))
    return {"how": "all of it", "bytes": done.read_back, "of": disk.size, **done.as_json()}


def _version(machine: Machine, way: Technique) -> str:
    if way.tool == "wasl":
        return VERSION
    option = "-V" if way.tool == "hdparm" else "version"
    said: Sequence[str] = machine.run(way.tool, option).text.split()
    return next((word.lstrip("v") for word in said if word.lstrip("v")[:1].isdigit()), "unknown")


def _failure(error: DeviceError | None) -> dict[str, Any]:
    assert error is not None  # a disk without a technique has a reason
    return error.as_json()


VERSION = "1"  # of the overwrite here; it goes up when what it does to a disk changes
