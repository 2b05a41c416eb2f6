"""How a disk is to be erased, by what it is: one technique, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import DeviceError
from ..hardware import ata, nvme
from ..hardware.disks import Disk
from ..machine import Machine

Method = Literal["Clear", "Purge"]


@dataclass(frozen=True, slots=True)
class Technique:
    """A way to erase, the method that it reaches, and whether the disk's firmware does it."""

    name: str
    method: Method
    tool: str  # the program that asks the firmware; `wasl` for an overwrite


OVERWRITE = Technique("overwrite with zeros", "Clear", "wasl")
ATA_SANITIZE = {
    "overwrite": Technique("ATA SANITIZE OVERWRITE EXT", "Purge", "hdparm"),
    "block": Technique("ATA SANITIZE BLOCK ERASE EXT", "Purge", "hdparm"),
    "crypto": Technique("ATA SANITIZE CRYPTO SCRAMBLE EXT", "Purge", "hdparm"),
}
ATA_ERASE = Technique("ATA SECURITY ERASE UNIT", "Clear", "hdparm")
ATA_ERASE_ENHANCED = Technique("ATA SECURITY ERASE UNIT, enhanced", "Clear", "hdparm")
NVME_SANITIZE = {
    "block": Technique("NVMe Sanitize, block erase", "Purge", "nvme"),
    "crypto": Technique("NVMe Sanitize, crypto erase", "Purge", "nvme"),
}
NVME_FORMAT = Technique("NVMe Format, user data erase (SES 1)", "Clear", "nvme")
NVME_FORMAT_CRYPTO = Technique("NVMe Format, cryptographic erase (SES 2)", "Clear", "nvme")


def technique(machine: Machine, disk: Disk) -> Technique:
    """The best technique that the disk offers.

    Raises WASL-WIPE-HIDDEN-AREA, -HIDDEN-UNKNOWN, -FROZEN, -LOCKED, -HYBRID, -RAID, -READ-ONLY,
    -UNKNOWN, -LOG, -NAMESPACES, -NO-SIZE: each names the disk, and none is ever passed over.
    """
    if disk.size == 0:
        raise refusal("NO-SIZE", disk)
    if disk.read_only:
        raise refusal("READ-ONLY", disk)
    if disk.kind in ("hybrid", "raid", "unknown"):
        raise refusal(disk.kind.upper(), disk)
    if disk.kind in ("magnetic", "ssd"):
        return _for_ata(machine, disk)
    if disk.kind == "nvme":
        return _for_nvme(machine, disk)
    return OVERWRITE


def refusal(name: str, disk: Disk, **arguments: object) -> DeviceError:
    """Why a disk is not erased."""
    return DeviceError(f"WASL-WIPE-{name}", disk=disk.path, serial=disk.serial or "-", **arguments)


def _for_ata(machine: Machine, disk: Disk) -> Technique:
    told = ata.identify(machine, disk.path)
    if told is None:
        raise refusal("LOG", disk)
    if told.native_sectors == 0:
        raise refusal("HIDDEN-UNKNOWN", disk)
    if told.hides_sectors:
        hidden = (told.native_sectors - told.sectors) * disk.sector
        raise refusal("HIDDEN-AREA", disk, hidden=hidden)
    if "locked" in told.security:
        raise refusal("LOCKED", disk)
    if disk.kind == "magnetic":
        return ATA_SANITIZE["overwrite"] if "overwrite" in told.sanitize else OVERWRITE
    for kind in ("block", "crypto"):
        if kind in told.sanitize:
            return ATA_SANITIZE[kind]
    if "supported" not in told.security:
        return OVERWRITE
    if "frozen" in told.security:
        raise refusal("FROZEN", disk)
    return ATA_ERASE_ENHANCED if "enhanced" in told.security else ATA_ERASE


def _for_nvme(machine: Machine, disk: Disk) -> Technique:
    told = nvme.identify(machine, disk.path)
    if told is None:
        raise refusal("LOG", disk)
    for kind in ("block", "crypto"):
        if kind in told.sanitize:
            if nvme.sanitize_log(machine, disk.path) is None:
                raise refusal("LOG", disk)
            return NVME_SANITIZE[kind]
    # What follows reaches one namespace; only sanitize reaches all that the controller has.
    if told.unallocated or (told.manages_namespaces and not _is_alone(machine, disk)):
        raise refusal("NAMESPACES", disk)
    if told.can_format:
        return NVME_FORMAT_CRYPTO if told.format_crypto else NVME_FORMAT
    return OVERWRITE


def _is_alone(machine: Machine, disk: Disk) -> bool:
    """Whether the controller holds no other namespace, not even a detached one."""
    allocated = nvme.namespaces(machine, disk.path)
    if allocated is None:
        raise refusal("LOG", disk)
    return len(allocated) == 1
