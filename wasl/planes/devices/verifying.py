"""Kits, packs and images held against a country's key, whichever a path leads to."""

from __future__ import annotations

from pathlib import Path

from playbooks.module_utils.wasl_device import kits, packs
from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.image import check
from playbooks.module_utils.wasl_device.kits import Kit
from playbooks.module_utils.wasl_device.trust import Trust
from wasl.planes.devices.systems import opened


def verify(path: Path, trust: Trust) -> str:
    """What a path holds, once all of it is sound. Raises what `kits`, `packs` and `image` raise."""
    if opened.is_stick(path):
        return _kit(path, opened.verify(path, trust))
    if path.is_dir() and (path / packs.MANIFEST).exists():
        pack, signer = packs.verify(path, trust)
        told = f"{len(pack.files)} files, {len(pack.tombstones)} withdrawn"
        return f"{path}: pack {pack.name} {pack.version}, {told}, signed by {signer.name}"
    if path.is_dir():
        return _kit(path, kits.verify(path, trust))
    if path.suffix == ".wimg":
        index = check.whole(path, trust)
        told = f"{index.mapped >> 20} MiB of {index.size >> 20} MiB"
        return f"{path}: image {index.name} of {index.made}, {told}, key {index.key}"
    raise DeviceError("WASL-KIT-MISSING", file=path, reason="no kit, pack or image")


def _kit(path: Path, kit: Kit) -> str:
    told = f"{kit.files} files, {len(kit.images)} images, {len(kit.packs)} packs"
    return f"{path}: kit {kit.name} of {kit.made}, {told}, signed by {kit.signer.name}"
