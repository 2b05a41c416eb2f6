"""A stick, or the image of one, read without mounting it: its kit held to the country's signature.

Works anywhere e2fsprogs, mtools and sfdisk do, as any user who may read the file.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playbooks.module_utils.wasl_device import kits, listing
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.kits import Kit
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.errors import WaslError
from wasl.planes.devices.systems import disk

PROGRAMS = ("sfdisk", "debugfs", "mcopy")
PARTITIONS = {
    "bios": disk.BIOS_BOOT,
    "esp": disk.ESP,
    "wasl-kit": disk.LINUX_DATA,
    "wasl-data": disk.LINUX_DATA,
}
SECTOR = 512


def is_stick(path: Path) -> bool:
    """Whether a path is a disk, or the image of one."""
    return path.suffix == ".img" or (path.exists() and stat.S_ISBLK(path.stat().st_mode))


def verify(path: Path, trust: Trust) -> Kit:
    """The kit of a stick: all its files, and that it starts by no others than those signed.

    Raises WASL-KIT-MISSING, WASL-KIT-ALTERED and what `kits.verify` raises; `WaslError`
    (WASL-SYSTEM-TOOL) where a program is not here.
    """
    if lacking := [name for name in PROGRAMS if shutil.which(name) is None]:
        hint = "install fdisk, e2fsprogs and mtools"
        raise WaslError("WASL-SYSTEM-TOOL", f"not installed: {', '.join(lacking)}", hint=hint)
    if not path.exists():
        raise DeviceError("WASL-KIT-MISSING", file=path, reason="there is no such file")
    table = _table(path)
    with _scratch(path) as folder:
        _said(["debugfs", "-R", f"rdump / {folder}/kit", f"{path}?offset={table['wasl-kit']}"])
        shutil.rmtree(folder / "kit" / "lost+found", ignore_errors=True)
        kit = kits.verify(folder / "kit", trust)
        source = f"{path}@@{table['esp']}"
        _said(["mcopy", "-s", "-n", "-i", source, "::*", f"{folder}/esp/"])
        _hold_alike(folder / "kit" / "efi", folder / "esp", path)
        _hold_bios(folder / "kit" / "bios", path, table["bios"])
    return kit


def _table(path: Path) -> dict[str, int]:
    """Where partitions start, in bytes, by name: ours, each once, and no other to start from.

    Raises WASL-KIT-MISSING, WASL-KIT-ALTERED.
    """
    done = subprocess.run(
        ["sfdisk", "--json", str(path)], capture_output=True, text=True, check=False
    )
    try:
        rows = json.loads(done.stdout)["partitiontable"]["partitions"]
        kinds = [(str(row.get("name", "-")), str(row["type"]).upper()) for row in rows]
        starts = {str(row.get("name")): int(row["start"]) * SECTOR for row in rows}
    except (ValueError, KeyError):
        kinds, starts = [], {}
    if not set(PARTITIONS) <= set(starts):
        raise DeviceError("WASL-KIT-MISSING", file=path, reason="no stick of ours")
    if sorted(kinds) != sorted(PARTITIONS.items()):
        names = ", ".join(name for name, _ in kinds)
        raise DeviceError("WASL-KIT-ALTERED", file=path, how=f"its partitions: {names}")
    return starts


def _said(command: list[str]) -> None:
    # debugfs ends well whatever happens; what is missing afterwards is found by its digest.
    environment = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}
    subprocess.run(command, capture_output=True, check=False, env=environment)


def _hold_alike(signed: Path, found: Path, where: Path) -> None:
    """Firmware starts what stands on the EFI partition: exactly what the kit signed."""
    wanted = {path.relative_to(signed): path for path in listing.walk(signed)}
    have = {path.relative_to(found): path for path in listing.walk(found)}
    for name in sorted(set(wanted) | set(have)):
        both = name in wanted and name in have
        if not both or listing.digest(wanted[name]) != listing.digest(have[name]):
            raise DeviceError(
                "WASL-KIT-ALTERED", file=f"{where} {name}", how="on the EFI partition"
            )


def _hold_bios(signed: Path, where: Path, start: int) -> None:
    """BIOS starts the first sector, and what it points to."""
    for name, place in (("boot.img", 0), ("core.img", start)):
        wanted = (signed / name).read_bytes()
        with where.open("rb") as file:
            file.seek(place)
            if file.read(len(wanted)) != wanted:
                raise DeviceError("WASL-KIT-ALTERED", file=f"{where} {name}", how="its boot code")


@contextmanager
def _scratch(path: Path) -> Iterator[Path]:
    """A folder beside nothing of value; the kit is unpacked there."""
    try:
        with tempfile.TemporaryDirectory(prefix="wasl-kit-") as name:
            folder = Path(name)
            (folder / "kit").mkdir()
            (folder / "esp").mkdir()
            yield folder
    except OSError as error:
        raise DeviceError("WASL-MEDIUM-GONE", file=path, reason=error.strerror or error) from error
