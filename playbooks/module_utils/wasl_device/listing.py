"""Files by path, size and SHA-256: what the signed manifests of packs and kits consist of."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from .errors import DeviceError

JOINERS = "\u200c\u200d"  # Arabic script needs them
BLOCK = 1 << 20
_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class File:
    """One file: a relative path with slashes, bytes, SHA-256 (hex)."""

    path: str
    size: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def parse(rows: Iterable[Mapping[str, Any]], where: object) -> tuple[File, ...]:
    """Files of a manifest, held to what can be. Raises WASL-DOCUMENT-BAD."""
    found: dict[str, File] = {}
    try:
        for row in rows:
            file = File(**row)
            require_safe(file.path)
            if (
                type(file.size) is not int
                or file.size < 0
                or not _DIGEST.fullmatch(file.sha256)
                or file.path in found
            ):
                raise ValueError(f"{file.path} is not described as a file can be")
            found[file.path] = file
    except (TypeError, ValueError) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=error) from None
    return tuple(found.values())


def require_safe(path: str) -> None:
    """Raises ValueError for a path that could leave its folder or mean another file elsewhere."""
    parts = PurePosixPath(path).parts
    odd = any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs") and char not in JOINERS for char in path
    )
    plain = path == "/".join(parts) and path == unicodedata.normalize("NFC", path)
    if not parts or not plain or odd or ".." in parts or path.startswith("/") or "\\" in path:
        raise ValueError(f"{path!r} is no path inside a folder")
    if len(path.encode()) > 1000 or any(len(part.encode()) > 255 for part in parts):
        raise ValueError("a path is too long")


def digest(path: Path) -> str:
    """A file's SHA-256 (hex)."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe(folder: Path) -> list[File]:
    """Every regular file of a folder, by path. Raises ValueError for what cannot be listed."""
    found = []
    for path in sorted(walk(folder)):
        name = path.relative_to(folder).as_posix()
        require_safe(name)
        found.append(File(name, path.stat().st_size, digest(path)))
    return found


def walk(folder: Path) -> Iterator[Path]:
    """Every file below a folder. Raises ValueError for a link, a device or a socket."""
    for place, folders, names in os.walk(folder):
        for name in folders:
            if Path(place, name).is_symlink():
                raise ValueError(f"{Path(place, name)} is a link")
        for name in names:
            path = Path(place, name)
            if path.is_symlink() or not path.is_file():
                raise ValueError(f"{path} is no regular file")
            yield path


def differing(files: Iterable[File], folder: Path) -> Iterator[tuple[File, str]]:
    """Files that are not as described: `missing`, `size`, `content`; sizes are looked at first."""
    for file in files:
        path = folder / file.path
        if path.is_symlink() or not path.is_file():
            yield file, "missing"
        elif path.stat().st_size != file.size:
            yield file, "size"
        elif digest(path) != file.sha256:
            yield file, "content"
