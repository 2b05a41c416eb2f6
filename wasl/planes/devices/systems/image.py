"""The system of a school computer: from the country's lock to a signed image file."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playbooks.module_utils.wasl_device import clock
from playbooks.module_utils.wasl_device.configure import onboard
from playbooks.module_utils.wasl_device.image import build
from playbooks.module_utils.wasl_device.signed import SigningKey
from wasl.manifest.country import Country
from wasl.planes.devices import access
from wasl.planes.devices.program import program
from wasl.planes.devices.systems import disk, lock, openpgp, repository, tree
from wasl.planes.devices.systems.cache import Cache
from wasl.planes.devices.systems.disk import MIB, Layout, Partition
from wasl.planes.devices.systems.lock import Lock
from wasl.planes.devices.systems.tools import Tools, tools
from wasl.planes.devices.systems.wanted import image_packages, package_sets

Say = Callable[[str], None]
ROOM = 256  # MiB free in the root file system; it grows to the disk at the first start
_KERNEL = "root=UUID={root} ro quiet console=ttyS0,115200 console=tty0"
_GRUB = """\
set timeout=1
set timeout_style=hidden
search --no-floppy --fs-uuid --set=root {root}
menuentry "{name}" {{
  linux /vmlinuz {kernel}
  initrd /initrd.img
}}
menuentry "{name}: the kernel before" {{
  linux /vmlinuz.old {kernel}
  initrd /initrd.img.old
}}
"""
_FSTAB = """\
UUID={root} / ext4 errors=remount-ro,x-systemd.growfs 0 1
UUID={esp} /boot/efi vfat umask=0077,nofail 0 2
"""
# Stations that the country certified come in as root: how else would a fresh system be configured?
_SSH = "TrustedUserCAKeys /etc/ssh/wasl-{code}.pub\n"
# What an installed system has of ours: where each file stands, and its mode.
_HERE = Path(__file__).parent / "installed"
_INSTALLED = {
    "usr/lib/systemd/system/wasl-host-keys.service": 0o644,
    "usr/lib/systemd/system/wasl-name.service": 0o644,
    "usr/lib/systemd/system/run-wasl-kit.mount": 0o644,
    "usr/lib/systemd/system/wasl-goes-on.service": 0o644,
    "usr/lib/udev/rules.d/70-wasl-kit.rules": 0o644,
    "usr/lib/wasl/wasl-name": 0o755,
}
_SCRIPT = """\
mkdir -p /boot/efi
systemctl enable --quiet wasl-host-keys.service wasl-name.service
"""


@dataclass(frozen=True)
class Job:
    """What to make of what, and where."""

    country: Country
    lock: Lock
    cache: Cache
    scratch: Path  # gigabytes, emptied again
    key: SigningKey


def make(job: Job, out: Path, say: Say) -> str:
    """Write the signed image `out` and return its digest; the same lock gives the same bytes.

    Raises `WaslError` (of `cache`, `tree`, `tools`) and `DeviceError` (of the image's builder).
    """
    tree.require_able()
    job.cache.fetch((*job.lock.packages("image"), *job.lock.packages("tools")), say)
    with scratch(job.scratch, "image") as work:
        made = tools(job.lock, job.cache, work, say)
        raw(job, made, say)
        say("packing and signing")
        date = datetime.fromtimestamp(job.lock.date, UTC).strftime(clock.FORMAT)
        naming = build.Naming(f"debian-{job.lock.suite}-{job.country.code}", job.country.code, date)
        out.parent.mkdir(parents=True, exist_ok=True)
        return build.build(work / "disk.raw", out, naming, job.key)


def raw(job: Job, made: Tools, say: Say) -> Layout:
    """The raw disk image `disk.raw` of the tools' folder."""
    seed = hashlib.sha256(lock.render(job.lock).encode()).hexdigest()
    root, esp = disk.identity(seed, "root"), disk.layout(seed, _partitions(0))["esp"]
    say("installing packages")
    recipe = _recipe(job, str(root), disk.fat_id(esp))
    tree.make(job.lock, recipe, job.cache, made.work / "root.tar", say)
    size = (made.work / "root.tar").stat().st_size
    plan = disk.layout(seed, _partitions(size * 11 // 10 // MIB + ROOM))
    say(f"making a disk of {plan.size // MIB} MiB")
    first = disk.FIRST.format(root=root)
    disk.begin(made, "disk.raw", plan)
    disk.ext4(made, "disk.raw", plan["root"], "system", "root.tar")
    disk.fat(made, "disk.raw", plan["esp"], "ESP", disk.uefi(made, first))
    disk.embed(made.work / "disk.raw", plan["bios"], disk.bios(made, plan["bios"], first))
    (made.work / "root.tar").unlink()
    return plan


def _partitions(root: int) -> list[Partition]:
    return [
        Partition("bios", disk.BIOS_BOOT, 1),
        Partition("esp", disk.ESP, 64),
        Partition("root", disk.ROOT_X86_64, root),
    ]


def _recipe(job: Job, root: str, esp: str) -> tree.Recipe:
    name = f"{job.country.names.en} school computer"
    kernel = _KERNEL.format(root=root)
    code = job.country.code
    key = openpgp.certificate(job.key, repository.owner(code))
    files: dict[str, tuple[str | bytes, int]] = {
        "boot/grub/grub.cfg": (_GRUB.format(root=root, name=name, kernel=kernel), 0o644),
        "etc/fstab": (_FSTAB.format(root=root, esp=esp), 0o644),
        "etc/hostname": ("wasl\n", 0o644),  # until its first start: see wasl-name
        "etc/hosts": ("127.0.0.1 localhost\n127.0.1.1 wasl\n::1 localhost\n", 0o644),
        "etc/wasl-release": (f"country={code}\nsuite={job.lock.suite}\n", 0o644),
        "etc/apt/sources.list": ("# updates come by stick: see sources.list.d\n", 0o644),
        f"usr/share/keyrings/wasl-{code}.asc": (key, 0o644),
        f"etc/ssh/wasl-{code}.pub": (access.authority(job.key.public), 0o644),
        "etc/ssh/sshd_config.d/20-wasl-country.conf": (_SSH.format(code=code), 0o600),
        "usr/lib/repart.d/50-root.conf": ("[Partition]\nType=root-x86-64\n", 0o644),
    }
    # From its first start it knows whom to believe, so that its stick can go on with it.
    roots = list(job.country.devices.keys.signing)
    believed = onboard.believed({"country": code, "roots": roots, "statements": []})
    files[onboard.TRUST.lstrip("/")] = (believed, 0o644)
    files[onboard.PROGRAM.lstrip("/")] = (program(), 0o755)
    for path, mode in _INSTALLED.items():
        files[path] = ((_HERE / Path(path).name).read_bytes(), mode)
    asked = image_packages(package_sets(), job.country)
    return tree.Recipe("image", asked, files, laid=_kolibri(job.country), script=_SCRIPT)


def _kolibri(country: Country) -> tuple[str, ...]:
    """What lays Kolibri into the tree of a country whose computers teach."""
    if "learning" not in country.devices.image.sets:
        return ()
    # Only where images are made: a stick has neither.
    from infra.engine.lock import cache
    from integrations.content.kolibri.environment import kolibri

    program = kolibri(cache()).python
    return (sys.executable, "-m", "integrations.content.kolibri.system", str(program))


@contextmanager
def scratch(place: Path, what: str) -> Iterator[Path]:
    """A folder for gigabytes, gone afterwards; what a killed run left goes first."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in place.glob(f"{what}-*"):
        if not (Path("/proc") / left.name.rpartition("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = place / f"{what}-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
