"""One typed snapshot of a computer: what intake writes down and grades."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..identity import Identity, cleaned
from ..machine import Machine
from . import ata
from .disks import Disk, disks, hiding_controllers
from .dmi import BIOS, CHASSIS, MEMORY, OEM_STRINGS, PROCESSOR, SECURITY, SYSTEM, Dmi, megabytes
from .health import Battery, Health, batteries, health

State = Literal["yes", "no", "unknown"]
_PORTABLE = {
    "Notebook",
    "Laptop",
    "Portable",
    "Sub Notebook",
    "Convertible",
    "Detachable",
    "Tablet",
}
_FIXED = {"Desktop", "Low Profile Desktop", "Tower", "Mini Tower", "All In One", "Mini PC"}


@dataclass(frozen=True, slots=True)
class Locks:
    """What would stop a pupil, or call the computer home to whom it belonged."""

    firmware_password: State
    absolute: State  # Absolute (Computrace) persistence in the firmware
    enrolment: State  # bound to an organisation (Chromebook)


@dataclass(frozen=True, slots=True)
class Network:
    """One network interface that is built in."""

    name: str
    kind: Literal["ethernet", "wifi"]
    mac: str
    driver: str


@dataclass(frozen=True, slots=True)
class Display:
    """A screen that is connected; pixels, 0 where not said."""

    connector: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A computer as it was seen; sizes in MiB and bytes as named."""

    identity: Identity
    portable: State
    firmware: str
    firmware_date: str
    uefi: bool
    secure_boot: State
    processor: str
    cores: int
    is_64_bit: bool
    memory_mib: int
    graphics: str
    disks: tuple[Disk, ...]
    healths: tuple[Health, ...]  # one a disk, in order
    hidden: tuple[str, ...]  # controllers behind which disks may not be seen
    batteries: tuple[Battery, ...]
    displays: tuple[Display, ...]
    networks: tuple[Network, ...]
    tpm: str  # 2, 1.2 or empty
    locks: Locks

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, without floats."""
        told = asdict(self)
        told["identity"] = self.identity.as_json()
        return {name: list(v) if isinstance(v, tuple) else v for name, v in told.items()}


def take(machine: Machine, practice: tuple[str, ...] = ()) -> Snapshot:
    """Look at the machine; nothing is changed. What cannot be read is said as unknown."""
    dmi = Dmi.of(machine)
    found = disks(machine, practice)
    networks = tuple(_networks(machine))
    return Snapshot(
        identity=_identity(dmi, found, networks),
        portable=_portable(dmi),
        firmware=f"{dmi.get(BIOS, 'Vendor')} {dmi.get(BIOS, 'Version')}".strip(),
        firmware_date=dmi.get(BIOS, "Release Date"),
        uefi=bool(machine.glob("/sys/firmware/efi/fw_platform_size")),
        secure_boot=_secure_boot(machine),
        processor=_processor(machine, dmi),
        cores=_cores(machine),
        is_64_bit=bool(re.search(r"^flags\s*:.*\blm\b", machine.read("/proc/cpuinfo"), re.M)),
        memory_mib=_memory(machine, dmi),
        graphics=_graphics(machine),
        disks=tuple(found),
        healths=tuple(health(machine, disk) for disk in found),
        hidden=tuple(hiding_controllers(machine)),
        batteries=tuple(batteries(machine)),
        displays=tuple(_displays(machine)),
        networks=networks,
        tpm=_tpm(machine),
        locks=_locks(machine, dmi, found),
    )


def identify(machine: Machine, practice: tuple[str, ...] = ()) -> Identity:
    """Which computer it is: the part of a snapshot that every stage asks for again."""
    return _identity(Dmi.of(machine), disks(machine, practice), tuple(_networks(machine)))


def _identity(dmi: Dmi, found: list[Disk], networks: tuple[Network, ...]) -> Identity:
    return cleaned(
        Identity(
            uuid=dmi.get(SYSTEM, "UUID"),
            serial=dmi.get(SYSTEM, "Serial Number"),
            vendor=dmi.get(SYSTEM, "Manufacturer"),
            product=dmi.get(SYSTEM, "Product Name"),
            disks=tuple(disk.serial for disk in found if disk.kind != "usb" and not disk.ours),
            macs=tuple(network.mac for network in networks),
        )
    )


def _portable(dmi: Dmi) -> State:
    kind = dmi.get(CHASSIS, "Type")
    return "yes" if kind in _PORTABLE else "no" if kind in _FIXED else "unknown"


def _secure_boot(machine: Machine) -> State:
    for path in machine.glob("/sys/firmware/efi/efivars/SecureBoot-*"):
        return "yes" if machine.read(path).endswith("\x01") else "no"
    return "unknown"


def _processor(machine: Machine, dmi: Dmi) -> str:
    said = re.search(r"^model name\s*:\s*(.+)$", machine.read("/proc/cpuinfo"), re.M)
    name = said[1] if said else dmi.get(PROCESSOR, "Version")
    return re.sub(r"\s+", " ", name).strip()


def _cores(machine: Machine) -> int:
    text = machine.read("/proc/cpuinfo")
    places = re.findall(r"^physical id\s*:\s*(\d+).*?^core id\s*:\s*(\d+)", text, re.M | re.S)
    return len(set(places)) or len(re.findall(r"^processor\s*:", text, re.M))


def _memory(machine: Machine, dmi: Dmi) -> int:
    """What is plugged in; else what the kernel has, which is a little less."""
    plugged = sum(megabytes(one.fields.get("Size", "")) for one in dmi.all(MEMORY))
    said = re.search(r"^MemTotal:\s*(\d+) kB", machine.read("/proc/meminfo"), re.M)
    return plugged or (int(said[1]) >> 10 if said else 0)


def _graphics(machine: Machine) -> str:
    """By `lshw`, the only one here that knows names."""
    try:
        told = json.loads(machine.run("lshw", "-json", "-quiet", "-class", "display").text)
    except ValueError:
        return ""
    cards = told if isinstance(told, list) else [told]
    names = [f"{card.get('vendor', '')} {card.get('product', '')}".strip() for card in cards]
    return ", ".join(name for name in names if name)


def _displays(machine: Machine) -> Iterator[Display]:
    for path in machine.glob("/sys/class/drm/*/status"):
        if machine.read(path) == "connected":
            folder = path.rsplit("/", 1)[0]
            size = re.match(r"(\d+)x(\d+)", machine.read(f"{folder}/modes"))
            width, height = (int(size[1]), int(size[2])) if size else (0, 0)
            yield Display(folder.rsplit("/", 1)[1], width, height)


def _networks(machine: Machine) -> Iterator[Network]:
    """Interfaces on a bus inside the case: a dongle is not the computer's own."""
    for path in machine.glob("/sys/class/net/*/device/uevent"):
        folder = path.removesuffix("/device/uevent")
        told = machine.read(path)
        if "usb" in machine.read(f"{folder}/device/modalias"):
            continue
        driver = re.search(r"^DRIVER=(.+)$", told, re.M)
        kind: Literal["ethernet", "wifi"] = (
            "wifi" if machine.glob(f"{folder}/wireless") else "ethernet"
        )
        mac = machine.read(f"{folder}/address")
        yield Network(folder.rsplit("/", 1)[1], kind, mac, driver[1] if driver else "")


def _tpm(machine: Machine) -> str:
    for path in machine.glob("/sys/class/tpm/tpm*/tpm_version_major"):
        return "2" if machine.read(path) == "2" else "1.2"
    return ""


def _locks(machine: Machine, dmi: Dmi, found: list[Disk]) -> Locks:
    return Locks(
        firmware_password=_firmware_password(machine, dmi, found),
        absolute=_absolute(machine, dmi),
        enrolment=_enrolment(machine),
    )


def _firmware_password(machine: Machine, dmi: Dmi, found: list[Disk]) -> State:
    """By SMBIOS type 24, and by disks that are locked with a password."""
    told = [ata.identify(machine, one.path) for one in found if one.kind in ("magnetic", "ssd")]
    if any(one and {"enabled", "locked"} <= one.security for one in told):
        return "yes"
    names = ("Power-On Password Status", "Administrator Password Status")
    statuses = [dmi.get(SECURITY, name) for name in names]
    if "Enabled" in statuses:
        return "yes"
    return "no" if "Disabled" in statuses else "unknown"


def _absolute(machine: Machine, dmi: Dmi) -> State:
    """A platform binary table (WPBT) or its agent's name in the maker's strings."""
    lines = [line for one in dmi.all(OEM_STRINGS) for line in one.lists.get("Strings", [])]
    named = any(re.search("absolute|computrace", line, re.I) for line in lines)
    if named or machine.glob("/sys/firmware/acpi/tables/WPBT"):
        return "yes"
    return "no" if machine.glob("/sys/firmware/acpi/tables/DSDT") else "unknown"


def _enrolment(machine: Machine) -> State:
    """A Chromebook that its organisation never let go."""
    paths = machine.glob("/sys/firmware/vpd/rw/check_enrollment")
    if not paths:
        return "no" if not machine.glob("/sys/firmware/vpd") else "unknown"
    return "yes" if machine.read(paths[0]) == "1" else "no"
