"""Which disks may be erased at all: asked first, and answered by refusing whatever is in doubt.

In this order: the technician names the device by its serial, and it must be this one; named
disks must be there; what is mounted, held or ours is left alone; in practice only loop devices
are touched. The last guard is the kernel's: a disk is opened exclusively.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import DeviceError
from ..hardware.disks import Disk
from ..identity import Identity, is_same, number
from .plan import refusal


def names(identity: Identity) -> tuple[str, ...]:
    """By what a technician may name this device that nobody has taken in: as it says itself."""
    if identity.serial:
        return (identity.serial,)
    if identity.uuid:
        return (identity.uuid,)
    return (number("parts", *(identity.macs or identity.disks)),)


def is_named(identity: Identity, asked: str) -> bool:
    """Whether `asked` is one of those names, in any case."""
    return asked.strip().casefold() in map(str.casefold, names(identity))


def meant(asked: Sequence[str]) -> list[str]:
    """The disks asked for. A blank names nothing: an inventory's empty cell is no disk."""
    return [name.strip() for name in asked if name.strip()]


def require_person(person: str) -> None:
    """Raises WASL-WIPE-NOBODY: a certificate names who answers for it."""
    if not person.strip():
        raise DeviceError("WASL-WIPE-NOBODY")


def require_named(identity: Identity, asked: str, recorded: Identity | None = None) -> None:
    """Raises WASL-WIPE-UNNAMED, WASL-WIPE-OTHER-DEVICE unless `asked` names this very device.

    `recorded` is the device whose printed number is `asked`. Only one without a serial of its own
    goes by that, and only if it is that device by the record's own rule: two of one UUID are not.
    """
    if not asked.strip():
        raise DeviceError("WASL-WIPE-UNNAMED")
    if recorded is not None and not identity.serial and is_same(identity, recorded):
        return
    if not identity.is_enough or not is_named(identity, asked):
        raise DeviceError(
            "WASL-WIPE-OTHER-DEVICE", asked=asked.strip(), found=", ".join(names(identity)) or "-"
        )


def choose(found: Sequence[Disk], asked: Sequence[str], *, practice: bool) -> list[Disk]:
    """The disks to erase: all of the device's own, or those named by path or serial.

    A USB disk is erased only when named; a medium of ours never. In `practice` real disks are
    neither meant nor permitted. One disk in use refuses them all, before anything is touched.
    Raises WASL-WIPE-NO-DISK, -SEVERAL, -IN-USE, -OURS, -REAL.
    """
    if named := meant(asked):
        chosen = [_named(found, name) for name in named]
    else:
        own = [disk for disk in found if disk.kind != "usb" and not disk.ours]
        chosen = [disk for disk in own if not practice or disk.kind == "practice"]
    for disk in chosen:
        if disk.ours:
            raise refusal("OURS", disk)
        if disk.in_use:
            raise refusal("IN-USE", disk, use=disk.in_use)
        if practice and disk.kind != "practice":
            raise refusal("REAL", disk)
    if not chosen:
        raise DeviceError("WASL-WIPE-NO-DISK", disk="-")
    return chosen


def _named(found: Sequence[Disk], name: str) -> Disk:
    same = [disk for disk in found if name in (disk.path, disk.serial)]
    if not same:
        raise DeviceError("WASL-WIPE-NO-DISK", disk=name)
    if len(same) > 1:  # adapters of one make share a serial
        raise refusal("SEVERAL", same[0], paths=", ".join(disk.path for disk in same))
    return same[0]
