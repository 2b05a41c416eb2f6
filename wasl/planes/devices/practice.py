"""Practice computers: recordings composed from a few figures, for the demo and the tests.

They answer as the real programs print (dmidecode, hdparm, nvme-cli, smartmontools, the kernel's
files), so that the same code reads them. Their disks are loop devices, or recorded ones.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from playbooks.module_utils.wasl_device.hardware.disks import LSBLK


@dataclass(frozen=True)
class Computer:
    """What a practice computer says of itself."""

    vendor: str = "Dell Inc."
    product: str = "Latitude E6430"
    serial: str = "BK5RJ22"
    uuid: str = "4c4c4544-004b-3510-8052-b4c04f4a3232"
    chassis: str = "Notebook"
    processor: str = "Intel(R) Core(TM) i5-3320M CPU @ 2.60GHz"
    flags: str = "fpu lm sse2"
    cores: int = 2
    memory_mb: tuple[int, ...] = (4096, 4096)
    power_on_password: str = "Disabled"  # noqa: S105 - what SMBIOS says of it
    oem_strings: tuple[str, ...] = ("Dell System", "1[0534]")
    mac: str = "5c:f9:dd:01:02:03"
    battery_percent: int | None = 71
    files: Mapping[str, str] = field(default_factory=dict)
    disks: tuple[RecordedDisk, ...] = ()


@dataclass(frozen=True)
class RecordedDisk:
    """A disk of a recording; `commands` are answers beyond those of its class."""

    path: str = "/dev/sda"
    transport: str = "sata"
    rotates: bool = True
    size: int = 320_072_933_376
    model: str = "HITACHI HTS725032A9A364"
    serial: str = "101112PCK3004VGVJ1MJ"
    mounted: str = ""
    smart: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def recording(computer: Computer) -> dict[str, Any]:
    """What `machine.Recorded.load` reads from a file."""
    commands = {"dmidecode": _dmidecode(computer), " ".join(LSBLK): _lsblk(computer)}
    for disk in computer.disks:
        commands[f"smartctl --json --all {disk.path}"] = json.dumps(disk.smart)
        commands |= disk.commands
    files = {
        "/proc/cpuinfo": _cpuinfo(computer),
        "/sys/class/net/eth0/device/uevent": "DRIVER=e1000e",
        "/sys/class/net/eth0/device/modalias": "pci:v00008086d00001502",
        "/sys/class/net/eth0/address": computer.mac,
        **_battery(computer),
        **computer.files,
    }
    outputs = {name: {"status": 0, "out": out, "error": ""} for name, out in commands.items()}
    return {"commands": outputs, "files": files, "globs": _globs(files)}


def ata_identify(path: str, words: Mapping[int, int], sectors: int) -> dict[str, str]:
    """`hdparm --Istdout` and `-N` of a disk that hides nothing, with some words set."""
    table = [0] * 256
    for place in range(4):
        table[100 + place] = sectors >> 16 * place & 0xFFFF
    for place, word in words.items():
        table[place] = word
    lines = [" ".join(f"{word:04x}" for word in table[at : at + 8]) for at in range(0, 256, 8)]
    native = f"\n{path}:\n max sectors   = {sectors}/{sectors}, HPA is disabled\n"
    return {
        f"hdparm --Istdout {path}": f"\n{path}:\n" + "\n".join(lines) + "\n",
        f"hdparm -N {path}": native,
    }


def nvme_identify(
    controller: str,
    *,
    oacs: int = 2,
    sanicap: int = 0,
    fna: int = 0,
    unallocated: int = 0,
    namespaces: tuple[int, ...] = (1,),
) -> dict[str, str]:
    """`nvme id-ctrl` of a controller, and which namespaces it has, as bytes."""
    data = bytearray(4096)
    data[4:24], data[24:64] = b"S4EWNX0R".ljust(20), b"PM981a NVMe 256GB".ljust(40)
    struct.pack_into("<H", data, 256, oacs)
    struct.pack_into("<I", data, 328, sanicap)
    struct.pack_into("<I", data, 516, 1)
    data[296:312] = unallocated.to_bytes(16, "little")
    data[524] = fna
    allocated = struct.pack(f"<{len(namespaces)}I", *namespaces).ljust(4096, b"\0")
    identify = "--opcode=0x06 --cdw10=0x10 --data-len=4096 --read --raw-binary"
    return {
        f"nvme id-ctrl {controller} --output-format=binary": data.decode("latin-1"),
        f"nvme admin-passthru {controller} {identify}": allocated.decode("latin-1"),
    }


def _dmidecode(computer: Computer) -> str:
    strings = "".join(f"\t\t{text}\n" for text in computer.oem_strings)
    sizes = [(f"{size} MB" if size else "No Module Installed") for size in computer.memory_mb]
    memory = "".join(
        f"Handle 0x004{place}, DMI type 17, 34 bytes\nMemory Device\n\tSize: {size}\n\n"
        for place, size in enumerate(sizes)
    )
    return (
        "# dmidecode 3.4\nSMBIOS 2.7 present.\n\n"
        "Handle 0x0000, DMI type 0, 24 bytes\nBIOS Information\n"
        "\tVendor: Dell Inc.\n\tVersion: A24\n\tRelease Date: 09/13/2018\n\n"
        "Handle 0x0001, DMI type 1, 27 bytes\nSystem Information\n"
        f"\tManufacturer: {computer.vendor}\n\tProduct Name: {computer.product}\n"
        f"\tSerial Number: {computer.serial}\n\tUUID: {computer.uuid}\n\n"
        f"Handle 0x0003, DMI type 3, 22 bytes\nChassis Information\n\tType: {computer.chassis}\n\n"
        f"Handle 0x000B, DMI type 11, 5 bytes\nOEM Strings\n\tStrings:\n{strings}\n{memory}"
        "Handle 0x0018, DMI type 24, 5 bytes\nHardware Security\n"
        f"\tPower-On Password Status: {computer.power_on_password}\n"
        "\tAdministrator Password Status: Disabled\n\n"
    )


def _lsblk(computer: Computer) -> str:
    return json.dumps({"blockdevices": [_block(disk) for disk in computer.disks]})


def _block(disk: RecordedDisk) -> dict[str, Any]:
    name = disk.path.rsplit("/", 1)[1]
    part = {
        "name": f"{name}1",
        "path": f"{disk.path}1",
        "type": "part",
        "size": disk.size,
        "mountpoints": [disk.mounted or None],
        "label": None,
        "partlabel": None,
    }
    return {
        "name": name,
        "path": disk.path,
        "type": "disk",
        "size": disk.size,
        "rm": False,
        "rota": disk.rotates,
        "ro": False,
        "tran": disk.transport,
        "model": disk.model,
        "serial": disk.serial,
        "wwn": None,
        "vendor": "ATA",
        "log-sec": 512,
        "fstype": None,
        "label": None,
        "partlabel": None,
        "mountpoints": [None],
        "children": [part],
        **disk.extra,
    }


def _cpuinfo(computer: Computer) -> str:
    return "\n\n".join(
        f"processor\t: {place}\nmodel name\t: {computer.processor}\nphysical id\t: 0\n"
        f"core id\t\t: {place}\nflags\t\t: {computer.flags}"
        for place in range(computer.cores)
    )


def _battery(computer: Computer) -> dict[str, str]:
    if computer.battery_percent is None:
        return {}
    folder, design = "/sys/class/power_supply/BAT0", 60_000_000
    return {
        f"{folder}/type": "Battery",
        f"{folder}/energy_full_design": str(design),
        f"{folder}/energy_full": str(design * computer.battery_percent // 100),
        f"{folder}/cycle_count": "312",
    }


_PATTERNS = {
    "/sys/class/power_supply/*/type": ("/sys/class/power_supply/", "/type"),
    "/sys/class/net/*/device/uevent": ("/sys/class/net/", "/device/uevent"),
    "/sys/class/net/eth0/wireless": ("/sys/class/net/eth0/wireless", ""),
    "/sys/class/drm/*/status": ("/sys/class/drm/", "/status"),
    "/sys/class/tpm/tpm*/tpm_version_major": ("/sys/class/tpm/", "/tpm_version_major"),
    "/sys/bus/pci/devices/*/class": ("/sys/bus/pci/devices/", "/class"),
    "/sys/firmware/acpi/tables/WPBT": ("/sys/firmware/acpi/tables/WPBT", ""),
    "/sys/firmware/acpi/tables/DSDT": ("/sys/firmware/acpi/tables/DSDT", ""),
    "/sys/firmware/vpd": ("/sys/firmware/vpd", ""),
    "/sys/firmware/vpd/rw/check_enrollment": ("/sys/firmware/vpd/rw/check_enrollment", ""),
    "/sys/firmware/efi/fw_platform_size": ("/sys/firmware/efi/fw_platform_size", ""),
    "/sys/firmware/efi/efivars/SecureBoot-*": ("/sys/firmware/efi/efivars/SecureBoot-", ""),
}


def _globs(files: Mapping[str, str]) -> dict[str, list[str]]:
    """The patterns that the code asks for, answered from the files that there are."""
    return {
        pattern: sorted(p for p in files if p.startswith(start) and p.endswith(end))
        for pattern, (start, end) in _PATTERNS.items()
    }
