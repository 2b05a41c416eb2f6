"""A disk image that starts from UEFI (Debian's signed shim and GRUB) and from BIOS.

The layout is arithmetic; the bytes come from tools that are given every number they would otherwise
choose: identifiers, seeds, dates. Same input, same bytes.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wasl.planes.devices.systems.tools import Tools

SECTOR, MIB = 512, 1 << 20
BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
ESP = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
ROOT_X86_64 = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
LINUX_DATA = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
_SPACE = uuid.UUID("6d4f3a52-8f0e-4c0b-9a57-1d2f6a2b9c11")
# What GRUB for BIOS has built in: it reads GPT, ext4 and FAT, and starts Linux.
MODULES = (
    *("biosdisk", "part_gpt", "part_msdos", "ext2", "fat", "search", "search_fs_uuid"),
    *("search_label", "normal", "configfile", "linux", "boot", "echo", "test", "ls", "true"),
    *("all_video", "gfxterm", "serial", "terminal", "minicmd", "reboot", "halt", "loadenv"),
)
# GRUB's first configuration: it only finds the menu, on the file system of this identifier.
FIRST = """\
search --no-floppy --fs-uuid --set=root {root}
set prefix=($root)/boot/grub
configfile $prefix/grub.cfg
"""
_KERNEL_SECTOR, _DRIVE_CHECK, _BOOT_CODE = 0x5C, 0x66, 440  # boot.S: where it is told what
_BLOCK_LIST = 0x1F4  # diskboot.S: where the rest of core.img begins


@dataclass(frozen=True)
class Partition:
    """A partition: a GPT type, a name, a size in MiB; its number where it is not its place."""

    name: str
    type: str
    size: int
    number: int = 0


@dataclass(frozen=True)
class Placed:
    """A partition with its place, in bytes, and its identity."""

    partition: Partition
    start: int
    id: uuid.UUID

    @property
    def size(self) -> int:
        """Bytes."""
        return self.partition.size * MIB


@dataclass(frozen=True)
class Layout:
    """A disk: GPT, partitions from 1 MiB on, 1 MiB for the table's copy at the end."""

    id: uuid.UUID
    placed: tuple[Placed, ...]

    @property
    def size(self) -> int:
        """Bytes of the whole disk."""
        return self.placed[-1].start + self.placed[-1].size + MIB

    def __getitem__(self, name: str) -> Placed:
        return next(one for one in self.placed if one.partition.name == name)

    def script(self) -> str:
        """What sfdisk reads."""
        rows = [
            f"{one.partition.number or place}: start={one.start // SECTOR}, "
            f"size={one.size // SECTOR}, type={one.partition.type}, "
            f'uuid={str(one.id).upper()}, name="{one.partition.name}"'
            for place, one in enumerate(self.placed, 1)
        ]
        return "\n".join(("label: gpt", f"label-id: {str(self.id).upper()}", *rows, ""))


def identity(seed: str, name: str) -> uuid.UUID:
    """The same identifier for the same system."""
    return uuid.uuid5(_SPACE, f"{seed}/{name}")


def layout(seed: str, partitions: Sequence[Partition]) -> Layout:
    """Partitions one after the other."""
    placed, start = [], MIB
    for partition in partitions:
        placed.append(Placed(partition, start, identity(seed, partition.name)))
        start += partition.size * MIB
    return Layout(identity(seed, "disk"), tuple(placed))


def begin(tools: Tools, name: str, plan: Layout) -> None:
    """An empty disk `/build/name`, partitioned."""
    with (tools.work / name).open("xb") as file:
        file.truncate(plan.size)
    tools.run("sfdisk", "--quiet", f"/build/{name}", given=plan.script())


def ext4(tools: Tools, name: str, place: Placed, label: str, content: str = "") -> None:
    """An ext4 file system, of the tree in the tar `/build/content` where one is given."""
    extended = f"offset={place.start},hash_seed={place.id},root_owner=0:0,lazy_itable_init=1"
    source = ["-d", f"/build/{content}"] if content else []
    tools.run(
        *("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "1", "-L", label, "-U", str(place.id)),
        *("-E", extended, *source, f"/build/{name}", f"{place.size // 1024}k"),
    )


def fat(tools: Tools, name: str, place: Placed, label: str, files: Mapping[str, bytes]) -> None:
    """A FAT32 file system with `files` by path."""
    tools.run(
        *("mkfs.vfat", "--invariant", "-F", "32", "-s", str(max(1, place.partition.size // 64))),
        *("-i", fat_id(place).replace("-", ""), "-n", label),
        *(f"--offset={place.start // SECTOR}", f"/build/{name}", str(place.size // 1024)),
    )
    image = f"/build/{name}@@{place.start}"
    folders = {str(parent) for path in files for parent in Path(path).parents} - {"."}
    for folder in sorted(folders):
        tools.run("mmd", "-i", image, f"::{folder}")
    scratch = tools.work / ".file"
    for path, data in sorted(files.items()):
        scratch.write_bytes(data)
        tools.run("mcopy", "-i", image, "/build/.file", f"::{path}")
    scratch.unlink(missing_ok=True)


def fat_id(place: Placed) -> str:
    """A FAT's identifier as Linux and GRUB spell it."""
    text = place.id.hex[:8].upper()
    return f"{text[:4]}-{text[4:]}"


def uefi(tools: Tools, config: str) -> dict[str, bytes]:
    """The files of an EFI system partition, with GRUB's first configuration."""
    signed = {
        "EFI/BOOT/BOOTX64.EFI": "/usr/lib/shim/shimx64.efi.signed",
        "EFI/BOOT/mmx64.efi": "/usr/lib/shim/mmx64.efi.signed",
        "EFI/BOOT/grubx64.efi": "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
    }
    files = {path: tools.file(source) for path, source in signed.items()}
    # Debian's signed GRUB looks in the first; others in the second.
    return files | {path: config.encode() for path in ("EFI/debian/grub.cfg", "EFI/BOOT/grub.cfg")}


def bios(tools: Tools, place: Placed, config: str) -> dict[str, bytes]:
    """GRUB for BIOS: `boot.img` for the first sector, `core.img` for a partition of its own."""
    (tools.work / ".early.cfg").write_text(config)
    tools.run(
        *("grub-mkimage", "-O", "i386-pc", "-c", "/build/.early.cfg", "-p", "/boot/grub"),
        *("-o", "/build/.core.img", *MODULES),
    )
    core = (tools.work / ".core.img").read_bytes()
    if len(core) > place.size:
        raise ValueError(f"GRUB has {len(core)} bytes, its partition {place.size}")
    for left in (".early.cfg", ".core.img"):
        (tools.work / left).unlink()
    first, rest = embedded(tools.file("/usr/lib/grub/i386-pc/boot.img"), core, place.start)
    return {"boot.img": first, "core.img": rest}


def embed(file: Path, place: Placed, code: Mapping[str, bytes]) -> None:
    """Put what `bios` made where BIOS starts it."""
    with file.open("r+b") as disk:
        disk.write(code["boot.img"])
        disk.seek(place.start)
        disk.write(code["core.img"])


def embedded(boot: bytes, core: bytes, start: int) -> tuple[bytes, bytes]:
    """Boot code and core.img told where the latter is: what `grub-bios-setup` writes.

    Fields as in GRUB's boot.S and diskboot.S (`GRUB_BOOT_MACHINE_KERNEL_SECTOR` and the first
    block list); the jump over the drive check is for disks that are no floppies.
    """
    first = bytearray(boot[:_BOOT_CODE])
    first[_KERNEL_SECTOR : _KERNEL_SECTOR + 8] = struct.pack("<Q", start // SECTOR)
    first[_DRIVE_CHECK : _DRIVE_CHECK + 2] = b"\x90\x90"
    rest = bytearray(core)
    rest[_BLOCK_LIST : _BLOCK_LIST + 8] = struct.pack("<Q", start // SECTOR + 1)
    return bytes(first), bytes(rest)
