"""A pack written from files: each once, by its SHA-256; the manifest last."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playbooks.module_utils.wasl_device import listing, packs, signed
from playbooks.module_utils.wasl_device.listing import File
from playbooks.module_utils.wasl_device.packs import Pack, Tombstone
from playbooks.module_utils.wasl_device.signed import Document, SigningKey
from wasl.errors import WaslError


@dataclass(frozen=True, slots=True)
class PackFile:
    """A file for a pack: where it goes, and where its bytes are now."""

    path: str
    source: Path


@dataclass(frozen=True)
class Maker:
    """What a pack says of itself; `made` is UTC, so that a rebuild may repeat it."""

    name: str
    country: str
    version: int
    made: str
    kind: str = "files"
    meta: Mapping[str, Any] = field(default_factory=dict)


def make(
    out: Path,
    maker: Maker,
    files: Iterable[PackFile],
    key: SigningKey,
    *,
    certificate: Document | None = None,
    before: Pack | None = None,
    withdrawn: Mapping[str, str] | None = None,
) -> str:
    """Write the folder `out` and return the pack's digest.

    `before` is the version that devices may have: what it held and this one does not is withdrawn,
    and so is all that it had withdrawn. `withdrawn` gives reasons, or further paths. Raises
    `WaslError` (WASL-PACK-PATH, WASL-PACK-VERSION, WASL-PACK-EXISTS).
    """
    if before is not None and maker.version <= before.version:
        raise WaslError(
            "WASL-PACK-VERSION",
            f"version {maker.version} of {maker.name} does not follow {before.version}",
            hint="count the version up",
        )
    if out.exists():
        raise WaslError("WASL-PACK-EXISTS", "there is something here already", where=str(out))
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        listed = [_store(temporary, file) for file in sorted(files, key=lambda one: one.path)]
        gone = _tombstones({file.path for file in listed}, before, withdrawn or {})
        body = _body(maker, listed, gone)
        document = signed.sign(packs.KIND, body, key, certificate)
        temporary.mkdir(parents=True, exist_ok=True)
        (temporary / packs.MANIFEST).write_bytes(signed.canonical(document) + b"\n")
        os.replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return signed.digest(body)


def _store(folder: Path, file: PackFile) -> File:
    try:
        listing.require_safe(file.path)
        described = File(file.path, file.source.stat().st_size, listing.digest(file.source))
        target = folder / packs.stored_at(described.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copyfile(file.source, target)
    except (OSError, ValueError) as error:
        raise WaslError(
            "WASL-PACK-PATH", f"{file.path} cannot be packed: {error}", where=str(file.source)
        ) from error
    return described


def _tombstones(
    kept: set[str], before: Pack | None, withdrawn: Mapping[str, str]
) -> list[Tombstone]:
    gone = {one.path: one.reason for one in before.tombstones} if before else {}
    if before:
        gone |= {file.path: "withdrawn" for file in before.files if file.path not in kept}
    gone |= withdrawn
    return [Tombstone(path, gone[path]) for path in sorted(gone) if path not in kept]


def _body(maker: Maker, files: list[File], gone: list[Tombstone]) -> dict[str, Any]:
    return {
        "format": 1,
        "name": maker.name,
        "country": maker.country,
        "kind": maker.kind,
        "version": maker.version,
        "made": maker.made,
        "files": [file.as_json() for file in files],
        "tombstones": [{"path": one.path, "reason": one.reason} for one in gone],
        "meta": dict(maker.meta),
    }
