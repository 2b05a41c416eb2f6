"""A stick: a disk image that starts, and carries a kit under the country's signature.

Four partitions: `bios` (GRUB for BIOS, number 4), `esp` (1: Debian's signed shim and GRUB),
`wasl-kit` (2: the kit, ext4, never written), `wasl-data` (3: records, station key, progress).
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from playbooks.module_utils.wasl_device import clock, kits, packs
from playbooks.module_utils.wasl_device.files import sync_folder
from playbooks.module_utils.wasl_device.image import check
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.files import sha256_of
from wasl.planes.devices.systems import disk, live, repository, tree
from wasl.planes.devices.systems.disk import MIB, Layout, Partition
from wasl.planes.devices.systems.image import Job, scratch
from wasl.planes.devices.systems.tools import Tools, tools

Say = Callable[[str], None]
BLANK = 512  # MiB of wasl-data where nobody says more
_MENU = """\
set timeout=2
menuentry "wasl" {{
  linux /boot/vmlinuz boot=live live-media=/dev/disk/by-uuid/{kit} live-media-path={live} \
systemd.gpt_auto=0 systemd.swap=0 quiet loglevel=4 console=ttyS0,115200 console=tty0
  initrd /boot/initrd.img
}}
"""


@dataclass(frozen=True)
class Contents:
    """What a kit carries beside its own system."""

    image: Path  # a signed system image
    packs: Sequence[Path] = ()  # folders of any name
    updates: Sequence[Path] = ()  # .deb files
    statements: Path | None = None  # a folder of certificates and revocations
    data: int = BLANK  # MiB


def make(root: Path, job: Job, contents: Contents, trust: Trust, out: Path, say: Say) -> str:
    """Write the disk image `out` (by atomic rename) and return the name of its kit.

    Everything put in is held to its signature first. Raises `WaslError` and `DeviceError`.
    """
    tree.require_able()
    shelf = {}
    for folder in contents.packs:
        pack, _ = packs.verify(folder, trust)
        shelf[f"{pack.name}-{pack.version}"] = folder
    job.cache.fetch((*job.lock.packages("live"), *job.lock.packages("tools")), say)
    with scratch(job.scratch, "kit") as work:
        made = tools(job.lock, job.cache, work, say)
        live.make(root, job.country, job.lock, job.cache, made, version("wasl"), say)
        _gather(job, contents, shelf, made.work / "kit", say)
        name = _assemble(job, contents, made, trust, say)
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = out.with_name(f".{out.name}.{os.getpid()}")
        try:
            shutil.move(work / "stick.img", temporary)
            os.replace(temporary, out)
            sync_folder(out.parent)
        finally:
            temporary.unlink(missing_ok=True)
    return name


def _gather(job: Job, contents: Contents, shelf: Mapping[str, Path], kit: Path, say: Say) -> None:
    """The kit's folder, all but what starts it; `shelf` has the packs by what they are."""
    say("copying image, packs and updates")
    shutil.copyfile(contents.image, kit / "system.wimg")
    for name, folder in shelf.items():
        shutil.copytree(folder, kit / "packs" / name)
    repository.add(kit / "updates", contents.updates)
    repository.sign(kit / "updates", job.country.code, job.lock.date, job.key)
    if contents.statements is not None and contents.statements.is_dir():
        shutil.copytree(contents.statements, kit / "statements")


def _assemble(job: Job, contents: Contents, made: Tools, trust: Trust, say: Say) -> str:
    """Boot files, signature, partitions; returns the kit's name."""
    kit = made.work / "kit"
    check.whole(kit / "system.wimg", trust)
    seed = sha256_of(kit / "live" / "filesystem.squashfs")
    # A folder that no other medium has: the donor's disk may hold a live system as well.
    (kit / "live").rename(kit / f"live-{seed[:16]}")
    own = disk.identity(seed, "wasl-kit")
    menu = _MENU.format(kit=own, live=f"live-{seed[:16]}")
    first = disk.FIRST.format(root=own)
    starts = {"boot/grub/grub.cfg": menu.encode()}
    starts |= {f"efi/{path}": data for path, data in disk.uefi(made, first).items()}
    place = disk.layout(seed, _partitions(0, 0))["bios"]
    starts |= {f"bios/{path}": data for path, data in disk.bios(made, place, first).items()}
    for path, data in starts.items():
        (kit / path).parent.mkdir(parents=True, exist_ok=True)
        (kit / path).write_bytes(data)
    say("signing the kit")
    moment = datetime.now(UTC).strftime(clock.FORMAT)
    name = f"{job.country.code}-{moment[:10]}-{seed[:8]}"
    kits.sign(kit, job.country.code, name, moment, job.key)
    _pack(kit, made.work / "kit.tar", job.lock.date)
    size = (made.work / "kit.tar").stat().st_size
    plan = disk.layout(seed, _partitions(size * 21 // 20 // MIB + 64, contents.data))
    say(f"making a disk of {plan.size // MIB} MiB")
    _write(made, plan, starts)
    return name


def _write(made: Tools, plan: Layout, starts: Mapping[str, bytes]) -> None:
    esp, bios = (
        {path.removeprefix(part): data for path, data in starts.items() if path.startswith(part)}
        for part in ("efi/", "bios/")
    )
    disk.begin(made, "stick.img", plan)
    disk.ext4(made, "stick.img", plan["wasl-kit"], "wasl-kit", "kit.tar")
    disk.ext4(made, "stick.img", plan["wasl-data"], "wasl-data")
    disk.fat(made, "stick.img", plan["esp"], "WASL-ESP", esp)
    disk.embed(made.work / "stick.img", plan["bios"], bios)


def _partitions(kit: int, data: int) -> list[Partition]:
    return [
        Partition("bios", disk.BIOS_BOOT, 1, number=4),
        Partition("esp", disk.ESP, 64, number=1),
        Partition("wasl-kit", disk.LINUX_DATA, kit, number=2),
        Partition("wasl-data", disk.LINUX_DATA, data, number=3),
    ]


def _pack(folder: Path, out: Path, date: int) -> None:
    """The kit's folder as a tar: root's, dated alike, sorted."""

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime, member.mode = date, 0o755 if member.isdir() else 0o644
        return member

    with tarfile.open(out, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.add(folder, ".", filter=plain)
