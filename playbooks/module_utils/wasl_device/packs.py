"""Content packs: signed, their files named by SHA-256, installed whole and withdrawn whole.

A pack is a folder, version 1 of the format:

    pack.json            a signed document of kind `pack` (see `signed`), canonical JSON
    files/ab/abcdef…     each file's bytes under its SHA-256, the first two digits as a folder

The body holds `format` 1, `name`, `country`, `kind` (who installs it: `files`, `kolibri-channel`),
`version` (whole, growing), `made` (UTC), `files` (`path`, `size`, `sha256`), `tombstones` (paths
that earlier versions had and no device may keep, each with `path` and `reason`) and `meta` (plain
JSON of the kind). A file that two versions share is the same file of the pack, so that a newer
version is carried by what it adds. Several packs may hold the same path only with the same bytes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import listing, signed
from .errors import DeviceError
from .files import medium_error, sync_folder, write_atomic
from .listing import File
from .signed import Document
from .trust import Signer, Trust

KIND = "pack"
MANIFEST, STORE, INSTALLED = "pack.json", "files", ".wasl-packs"
INCOMING = ".wasl-incoming"
"""Where packs lie that came over the line: written once, and removed when they are installed."""
NAME = re.compile("[a-z][a-z0-9-]{0,39}")
_UNBELIEVED = ("WASL-TRUST-UNKNOWN", "WASL-TRUST-REVOKED", "WASL-TRUST-EXPIRED", "WASL-TRUST-ROLE")


@dataclass(frozen=True, slots=True)
class Tombstone:
    """A path that no device may keep, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Pack:
    """What a pack says it is; `document` is what was signed."""

    name: str
    country: str
    kind: str
    version: int
    made: str
    files: tuple[File, ...]
    tombstones: tuple[Tombstone, ...]
    meta: Mapping[str, Any]
    document: Document = field(repr=False)

    @property
    def digest(self) -> str:
        """The pack's identity in records and drift."""
        return signed.digest(self.document["body"])


@dataclass(frozen=True, slots=True)
class Installed:
    """What an installation did: paths."""

    pack: str
    version: int
    written: tuple[str, ...]
    removed: tuple[str, ...]


def read(folder: Path, trust: Trust) -> tuple[Pack, Signer]:
    """A pack's manifest, once its signer is believed; its files are not looked at.

    Raises WASL-PACK-MISSING, WASL-DOCUMENT-BAD and all that `Trust.check` raises.
    """
    path = folder / MANIFEST
    try:
        document = signed.parse(path.read_bytes(), path)
    except OSError as error:
        raise DeviceError("WASL-PACK-MISSING", file=path, reason=error.strerror or error) from None
    pack = _parsed(document, path)
    return pack, _signer(pack, trust, path)


def verify(folder: Path, trust: Trust) -> tuple[Pack, Signer]:
    """A whole pack: signature, every file, and nothing beside. Raises WASL-PACK-ALTERED too."""
    pack, signer = read(folder, trust)
    for file in pack.files:
        stored = File(stored_at(file.sha256), file.size, file.sha256)
        for _, how in listing.differing([stored], folder):
            raise DeviceError("WASL-PACK-ALTERED", file=folder / stored.path, how=how)
    wanted = {MANIFEST, *(stored_at(file.sha256) for file in pack.files)}
    for path in _walk(folder):
        if path.relative_to(folder).as_posix() not in wanted:
            raise DeviceError("WASL-PACK-ALTERED", file=path, how="unlisted")
    return pack, signer


def install(folder: Path, root: Path, trust: Trust) -> Installed:
    """Make `root` hold the pack's files, and none that it withdrew; safe to repeat and to cut off.

    Files are checked as they are copied and appear by rename; the list of what is installed is
    written last. Raises what `verify` raises, WASL-PACK-OLDER, WASL-PACK-CLASH, WASL-MEDIUM-FULL.
    """
    pack, _ = read(folder, trust)
    there = {one.name: one for one in installed(root, trust)}
    before = there.pop(pack.name, None)
    if before is not None and before.version > pack.version:
        told = {"name": pack.name, "version": pack.version, "installed": before.version}
        raise DeviceError("WASL-PACK-OLDER", file=folder, **told)
    kept = {file.path: file for one in there.values() if one.version for file in one.files}
    for file in pack.files:
        if file.path in kept and kept[file.path].sha256 != file.sha256:
            raise DeviceError("WASL-PACK-CLASH", file=file.path, name=pack.name)
    written = [file.path for file in pack.files if _place(folder, root, file)]
    gone = {one.path for one in pack.tombstones}
    gone |= {file.path for file in before.files} if before else set()
    removed = _remove(root, gone - {file.path for file in pack.files} - set(kept))
    write_atomic(root / INSTALLED / f"{pack.name}.json", signed.canonical(pack.document) + b"\n")
    return Installed(pack.name, pack.version, tuple(written), tuple(removed))


def uninstall(name: str, root: Path, trust: Trust) -> list[str]:
    """Take a pack away; paths that another pack holds too stay. Returns what was removed."""
    packs = {one.name: one for one in installed(root, trust)}
    own = {file.path for file in packs[name].files} if name in packs else set()
    kept = {file.path for one in packs.values() if one.name != name for file in one.files}
    removed = _remove(root, own - kept)
    (root / INSTALLED / f"{name}.json").unlink(missing_ok=True)
    return removed


def installed(root: Path, trust: Trust) -> list[Pack]:
    """The packs that `root` says it holds, each held to its signature again.

    One whose signer is believed no more (a publisher was revoked, the country has another key) is
    of version 0: good for nothing but to be replaced or taken away.
    """
    found = []
    for path in sorted((root / INSTALLED).glob("*.json")):
        pack = _parsed(signed.parse(path.read_bytes(), path), path)
        try:
            _signer(pack, trust, path)
        except DeviceError as error:
            if error.code not in _UNBELIEVED:
                raise
            pack = replace(pack, version=0)
        found.append(pack)
    return found


def stored_at(sha256: str) -> str:
    """Where a file's bytes are in a pack."""
    return f"{STORE}/{sha256[:2]}/{sha256}"


def _signer(pack: Pack, trust: Trust, where: Path) -> Signer:
    """Whose word the pack is. Raises all that `Trust.check` raises."""
    _, signer = trust.check(pack.document, KIND, "publish", pack.made, where)
    if pack.country != trust.country:
        raise DeviceError(
            "WASL-TRUST-UNKNOWN", file=where, key=signer.key.id, country=trust.country
        )
    return signer


def _parsed(document: Document, where: Path) -> Pack:
    """What a manifest says; whose word that is, is not asked."""
    try:
        body = document["body"]
        pack = Pack(
            name=str(body["name"]),
            country=str(body["country"]),
            kind=str(body["kind"]),
            version=int(body["version"]),
            made=str(body["made"]),
            files=listing.parse(body["files"], where),
            tombstones=tuple(Tombstone(**one) for one in body["tombstones"]),
            meta=dict(body["meta"]),
            document=document,
        )
        for one in pack.tombstones:
            listing.require_safe(one.path)
        both = {file.path for file in pack.files} & {one.path for one in pack.tombstones}
        hidden = any(file.path.split("/")[0] == INSTALLED for file in pack.files)
        if body["format"] != 1 or not NAME.fullmatch(pack.name) or both or hidden:
            raise ValueError(f"{sorted(both) or pack.name} cannot be")
    except (KeyError, TypeError, ValueError) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=error) from None
    return pack


def _place(folder: Path, root: Path, file: File) -> bool:
    """Copy one file into place unless it is there; whether it was written."""
    if not any(listing.differing([file], root)):
        return False
    stored, target = folder / stored_at(file.sha256), root / file.path
    temporary = target.with_name(f".{target.name}.{os.getpid()}"[:255])
    try:
        _require_no_links(root, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        if folder.parent != root / INCOMING or not _linked(stored, temporary):
            _copy(stored, temporary)
        if listing.digest(temporary) != file.sha256:
            raise DeviceError("WASL-PACK-ALTERED", file=stored, how="content")
        os.replace(temporary, target)
        sync_folder(target.parent)
    except FileNotFoundError:
        raise DeviceError("WASL-PACK-ALTERED", file=stored, how="missing") from None
    except OSError as error:
        raise medium_error(error, target) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return True


def _copy(stored: Path, temporary: Path) -> None:
    with open(stored, "rb") as source, open(temporary, "xb") as copy:
        shutil.copyfileobj(source, copy, listing.BLOCK)
        copy.flush()
        os.fsync(copy.fileno())


def _linked(stored: Path, temporary: Path) -> bool:
    """Whether the file could be had without a second copy; some file systems know no links."""
    try:
        os.link(stored, temporary)
    except OSError:
        return False
    with open(temporary, "rb") as link:
        os.fsync(link.fileno())
    return True


def _require_no_links(root: Path, target: Path) -> None:
    """A folder that became a link would lead the write elsewhere."""
    for parent in target.parents:
        if parent == root:
            return
        if parent.is_symlink():
            raise DeviceError("WASL-PACK-CLASH", file=parent, name="a link")


def _remove(root: Path, paths: set[str]) -> list[str]:
    """Remove files, and the folders that this leaves empty."""
    removed = []
    for name in sorted(paths):
        path = root / name
        _require_no_links(root, path)
        if path.is_file() or path.is_symlink():
            path.unlink()
            removed.append(name)
        for parent in path.parents:
            if parent == root or not parent.is_dir() or any(parent.iterdir()):
                break
            parent.rmdir()
    return removed


def _walk(folder: Path) -> list[Path]:
    try:
        return sorted(listing.walk(folder))
    except ValueError as error:
        raise DeviceError("WASL-PACK-ALTERED", file=folder, how=error) from None
