"""The disks of a computer, each with its class: what it is decides how it can be erased."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..machine import Machine
from . import ata

Class = Literal["magnetic", "ssd", "nvme", "emmc", "usb", "hybrid", "raid", "practice", "unknown"]
COLUMNS = (
    "NAME,PATH,TYPE,SIZE,ROTA,RM,RO,TRAN,MODEL,SERIAL,WWN,VENDOR,"
    "LOG-SEC,FSTYPE,LABEL,PARTLABEL,MOUNTPOINTS,PKNAME"
)
LSBLK = ("lsblk", "--json", "--bytes", "--output", COLUMNS)
KIT_LABELS = {"wasl-data", "wasl-live", "wasl-kit"}  # a medium of ours, in use or not
_RAID = ("perc", "megaraid", "logical volume", "raid", "virtual disk", "smart array")


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk as the kernel and the disk itself describe it; `size` in bytes."""

    path: str
    kind: Class
    model: str
    serial: str
    wwn: str
    size: int
    sector: int
    transport: str
    removable: bool
    read_only: bool
    in_use: str  # where it is mounted or what holds it; empty when free
    ours: bool  # it carries a partition of a kit

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def disks(machine: Machine, practice: tuple[str, ...] = ()) -> list[Disk]:
    """Every disk that data could be on; where practice disks (loop devices) are named, only those.

    A practice run cannot even see a real disk.
    """
    try:
        told = json.loads(machine.run(*LSBLK).text)["blockdevices"]
    except (ValueError, KeyError, TypeError):
        return []
    wanted = (lambda device: _is_practice(device, practice)) if practice else _is_disk
    return [_disk(machine, device) for device in told if wanted(device)]


def hiding_controllers(machine: Machine) -> list[str]:
    """Controllers in RAID mode, behind which disks may not be seen (PCI class 01 04)."""
    found = []
    for path in machine.glob("/sys/bus/pci/devices/*/class"):
        folder = path.rsplit("/", 1)[0]
        remapped = machine.read(f"{folder}/remapped_nvme")
        if machine.read(path).startswith("0x0104") or remapped not in ("", "0"):
            found.append(folder.rsplit("/", 1)[1])
    return found


def _is_practice(device: Mapping[str, Any], practice: tuple[str, ...]) -> bool:
    return device["type"] == "loop" and device["path"] in practice


def _is_disk(device: Mapping[str, Any]) -> bool:
    name = str(device["name"])
    virtual = name.startswith(("zram", "ram", "nbd", "fd", "sr"))
    boot_area = "boot" in name or "rpmb" in name  # of an eMMC: firmware, not data
    # A card reader without a card has no size, and is on USB; a dead disk has none, and its data.
    empty = not device["size"] and _text(device["tran"]) not in ("sata", "ata", "nvme", "sas")
    return device["type"] == "disk" and not (virtual or boot_area or empty)


def _disk(machine: Machine, device: Mapping[str, Any]) -> Disk:
    path = str(device["path"])
    return Disk(
        path=path,
        kind=_kind(machine, device),
        model=_text(device["model"]),
        serial=_serial(machine, device),
        wwn=_text(device["wwn"]),
        size=int(device["size"] or 0),
        sector=int(device["log-sec"] or 512),
        transport=_text(device["tran"]),
        removable=_flag(device["rm"]),
        read_only=_flag(device["ro"]),
        in_use=", ".join(_uses(device)),
        ours=any(_text(one.get(key)) in KIT_LABELS for one in _tree(device) for key in _LABELS),
    )


_LABELS = ("label", "partlabel")


def _serial(machine: Machine, device: Mapping[str, Any]) -> str:
    """The disk's own serial; a practice disk is known by its backing file."""
    if device["type"] == "loop":
        return machine.read(f"/sys/block/{device['name']}/loop/backing_file").rsplit("/", 1)[-1]
    return _text(device["serial"])


def _kind(machine: Machine, device: Mapping[str, Any]) -> Class:
    name, path, transport = str(device["name"]), str(device["path"]), _text(device["tran"])
    told = f"{_text(device['vendor'])} {_text(device['model'])}".lower()
    if device["type"] == "loop":
        return "practice"
    if transport == "usb":
        return "usb"
    if any(word in told for word in _RAID):
        return "raid"
    if transport == "nvme" or name.startswith("nvme"):
        return "nvme"
    if name.startswith("mmcblk"):
        removable_card = machine.read(f"/sys/block/{name}/device/type") == "SD"
        return "unknown" if removable_card else "emmc"
    if transport in ("sata", "ata"):
        return _ata_kind(ata.identify(machine, path), rotates=_flag(device["rota"]))
    return "unknown"


def _ata_kind(disk: ata.Ata | None, *, rotates: bool) -> Class:
    """By the disk's own word; the kernel's alone is not believed where the two differ."""
    if disk is None:
        return "unknown"
    if disk.is_hybrid:
        return "hybrid"
    if disk.rotation == 1:
        return "ssd" if not rotates else "unknown"
    return "magnetic" if rotates else "unknown"


def _uses(device: Mapping[str, Any]) -> Iterator[str]:
    for one in _tree(device):
        for place in one.get("mountpoints") or ():
            if place:
                yield str(place)
        if one["type"] not in ("disk", "part", "loop"):
            yield f"{one['type']} {one['name']}"


def _tree(device: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield device
    for child in device.get("children") or ():
        yield from _tree(child)


def _text(value: object) -> str:
    return str(value).strip() if value is not None else ""


def _flag(value: object) -> bool:
    return value in (True, "1", 1)
