"""The image stage on one device: trusted, guarded, written to one disk, read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import controller
from ..blocks import opened
from ..errors import DeviceError
from ..files import require_writable
from ..hardware.disks import Class, Disk, disks
from ..hardware.snapshot import identify
from ..identity import Identity
from ..machine import Machine
from ..progress import Progress
from ..signed import PublicKey
from ..trust import Trust
from ..wipe import guard
from . import layout, source
from .check import trusted
from .write import write

# The disk that a system goes to where none is named: the fastest class that is big enough.
PREFERENCE: tuple[Class, ...] = ("practice", "nvme", "ssd", "emmc", "magnetic")


@dataclass(frozen=True)
class Request:
    """What a technician asks for, and whom the device shall believe."""

    image: str  # a path, or an address; `{controller}` in it is the laptop's
    country: str
    roots: tuple[str, ...]
    statements: tuple[Mapping[str, Any], ...]
    serial: str
    recorded: Identity | None = None  # the device whose printed number `serial` is
    disk: str = ""
    disks: tuple[str, ...] = ()  # those that were to be wiped: no other is written to unnamed
    practice: tuple[str, ...] = ()
    state: Path | None = None
    threads: int | None = None
    report: str = ""  # where to send progress


@dataclass(frozen=True)
class Planned:
    """The image, proven, and the disk it goes to."""

    index: layout.Index
    signer: str
    disk: Disk

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "image": self.index.name,
            "digest": self.index.digest,
            "made": self.index.made,
            "key": self.index.key,
            "signer": self.signer,
            "disk": self.disk.path,
            "serial": self.disk.serial,
            "size": self.index.size,
            "mapped": self.index.mapped,
        }


def plan(machine: Machine, request: Request) -> Planned:
    """What would be written where; nothing is touched.

    Raises what the wipe's guards raise, WASL-IMAGE-BAD, WASL-IMAGE-SOURCE, WASL-IMAGE-DISK-SMALL
    and all that `Trust.check` raises.
    """
    guard.require_named(identify(machine, request.practice), request.serial, request.recorded)
    with _proven(request) as (_, index, signer):
        return Planned(index, signer, _disk(machine, request, index))


def run(machine: Machine, request: Request) -> dict[str, Any]:
    """Write and read back; returns the evidence, with its `failure` once the disk was touched.

    Raises what `plan` raises, and WASL-MEDIUM-FULL, WASL-MEDIUM-GONE.
    """
    guard.require_named(identify(machine, request.practice), request.serial, request.recorded)
    if request.state is not None:
        require_writable(request.state)
    with _proven(request) as (origin, index, signer):
        chosen = Planned(index, signer, _disk(machine, request, index))
        progress = Progress("image", chosen.disk.path, request.state, request.report)
        with opened(chosen.disk.path, write=True) as target:
            try:
                tally = write(origin, index, target, progress, request.threads)
            except DeviceError as error:
                return {**chosen.as_json(), "failure": error.as_json()}
    return {**chosen.as_json(), **tally.as_json()}


@contextmanager
def _proven(request: Request) -> Iterator[tuple[source.Source, layout.Index, str]]:
    place = controller.address(request.image)
    trust = Trust.of(
        request.country, [PublicKey.parse(text) for text in request.roots], request.statements
    )
    with source.opened(place) as origin:
        index, signer = trusted(origin, trust)
        yield origin, index, signer.name


def _disk(machine: Machine, request: Request, index: layout.Index) -> Disk:
    found = disks(machine, request.practice)
    practice = bool(request.practice) or not machine.is_live
    named = guard.meant([request.disk]) or guard.meant(request.disks)
    free = guard.choose(found if named else _own(found), named, practice=practice)
    fit = [disk for disk in free if disk.size >= index.size]
    if not fit:
        largest = max(free, key=lambda disk: disk.size)
        raise DeviceError(
            "WASL-IMAGE-DISK-SMALL", disk=largest.path, size=largest.size, needed=index.size
        )
    return min(fit, key=lambda disk: (_rank(disk), -disk.size, disk.path))


def _own(found: Sequence[Disk]) -> list[Disk]:
    return [disk for disk in found if disk.kind in PREFERENCE]


def _rank(disk: Disk) -> int:
    return PREFERENCE.index(disk.kind) if disk.kind in PREFERENCE else len(PREFERENCE)
