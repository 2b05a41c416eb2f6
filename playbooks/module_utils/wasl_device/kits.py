"""Kits: everything a technician needs, under one signed manifest.

`kit.json` at the kit's root is a signed document of kind `kit`: `format` 1, `country`, `name`,
`made` (UTC) and `files`, every other file of the kit. Only the country key signs kits. Images
(`*.wimg`) and packs inside are held to their own signatures as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import listing, packs, signed
from .errors import DeviceError
from .files import write_atomic
from .image import check as images
from .image.layout import Index
from .packs import Pack
from .trust import Signer, Trust

KIND, MANIFEST = "kit", "kit.json"


@dataclass(frozen=True)
class Kit:
    """A kit that is whole, with what it carries."""

    name: str
    country: str
    made: str
    files: int
    size: int
    signer: Signer
    images: tuple[Index, ...]
    packs: tuple[Pack, ...]


def sign(
    folder: Path, country: str, name: str, made: str, key: signed.SigningKey
) -> dict[str, Any]:
    """Write `kit.json` over all files of a folder; returns its body.

    Raises WASL-KIT-ALTERED for what no kit may hold: links, devices, private keys.
    """
    (folder / MANIFEST).unlink(missing_ok=True)
    try:
        files = listing.describe(folder)
    except ValueError as error:
        raise DeviceError("WASL-KIT-ALTERED", file=folder, how=error) from None
    for file in files:
        if file.path.endswith((".key", ".age")):
            raise DeviceError("WASL-KIT-ALTERED", file=file.path, how="a private key")
    body = {
        "format": 1,
        "country": country,
        "name": name,
        "made": made,
        "files": [file.as_json() for file in files],
    }
    write_atomic(folder / MANIFEST, signed.canonical(signed.sign(KIND, body, key)) + b"\n")
    return body


@dataclass(frozen=True)
class Listed:
    """What the country signed of a kit: its name, and its files as they should be."""

    name: str
    made: str
    signer: Signer
    files: tuple[listing.File, ...]


def listed(folder: Path, trust: Trust) -> Listed:
    """A kit's signed list; the files themselves are not looked at.

    Raises WASL-KIT-MISSING, WASL-TRUST-ROLE (not signed by the country itself),
    WASL-DOCUMENT-BAD and what `Trust.check` raises.
    """
    path = folder / MANIFEST
    try:
        document = signed.parse(path.read_bytes(), path)
    except OSError as error:
        raise DeviceError("WASL-KIT-MISSING", file=path, reason=error.strerror or error) from None
    made = str((document.get("body") or {}).get("made", ""))
    body, signer = trust.check(document, KIND, "publish", made, path)
    if signer.certificate is not None:
        raise DeviceError("WASL-TRUST-ROLE", file=path, key=signer.key.id, role="country")
    try:
        if body["format"] != 1 or body["country"] != trust.country:
            raise ValueError(f"it is of {body['country']}, not of {trust.country}")
        return Listed(str(body["name"]), made, signer, listing.parse(body["files"], path))
    except (KeyError, TypeError, ValueError) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=path, reason=error) from None


def verify(folder: Path, trust: Trust) -> Kit:
    """A whole kit: its signature, every file, nothing beside, images and packs too.

    Raises WASL-KIT-ALTERED and what `listed`, images and packs raise.
    """
    told = listed(folder, trust)
    files = told.files
    _hold(folder, files)
    found_images = [images.whole(folder / f.path, trust) for f in files if f.path.endswith(".wimg")]
    manifests = [folder / file.path for file in files if file.path.endswith(f"/{packs.MANIFEST}")]
    return Kit(
        name=told.name,
        country=trust.country,
        made=told.made,
        files=len(files),
        size=sum(file.size for file in files),
        signer=told.signer,
        images=tuple(found_images),
        packs=tuple(packs.verify(path.parent, trust)[0] for path in manifests),
    )


def _hold(folder: Path, files: tuple[listing.File, ...]) -> None:
    for file, how in listing.differing(files, folder):
        raise DeviceError("WASL-KIT-ALTERED", file=folder / file.path, how=how)
    listed = {MANIFEST, *(file.path for file in files)}
    try:
        for path in listing.walk(folder):
            if path.relative_to(folder).as_posix() not in listed:
                raise DeviceError("WASL-KIT-ALTERED", file=path, how="unlisted")
    except ValueError as error:
        raise DeviceError("WASL-KIT-ALTERED", file=folder, how=error) from None
