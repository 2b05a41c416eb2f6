"""ZIP files looked through before anything of them is used: names, sizes, what they grow to."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from integrations.content.faults import Refused
from playbooks.module_utils.wasl_device.listing import require_safe

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 240  # bytes of a name: a file has a longer one as long as it is being written
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ZIP may hold: entries, bytes unpacked in all, and how many times its packed size."""

    entries: int = 20_000
    total: int = 4_000_000_000
    ratio: int = 200
    ratio_from: int = 10_000_000


LIMITS = Limits()


def looked_through(path: Path, limits: Limits = LIMITS) -> list[zipfile.ZipInfo]:
    """The entries of a ZIP that may be unpacked, and packed for devices.

    Raises `Refused`: WASL-CONTENT-ZIP-BROKEN, -ZIP-NAME (slips out, device name, control
    characters, twice the same, what no pack may name), -ZIP-BOMB, -ZIP-LINK, -ZIP-ENCRYPTED.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check(entries, path, limits)
            return entries
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Refused("WASL-CONTENT-ZIP-BROKEN", file=path.name, why=error) from error


def unpacked_size(path: Path) -> int:
    """The bytes of all that a ZIP holds, which was looked through before."""
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def safe_name(name: str) -> bool:
    """Whether a relative name stays inside its folder on every system."""
    parts = name.rstrip("/").split("/")
    return (
        bool(name)
        and len(name) <= 400
        and "\\" not in name
        and ":" not in name
        and not _CONTROL.search(name)
        and all(part not in ("", ".", "..") and not _DEVICES.match(part) for part in parts)
        and all(part == part.rstrip(" .") for part in parts)
    )


def _packable(name: str) -> bool:
    """Whether a pack may name it, where it lies in a library and while it is written there."""
    try:
        require_safe(name)
    except ValueError:
        return False
    return all(len(part.encode()) <= _LONGEST for part in name.split("/"))


def _folders(name: str) -> Iterator[str]:
    """The folders that a name lies in; a folder's own name, which ends in a slash, is one too."""
    parts = name.split("/")
    return ("/".join(parts[:length]) for length in range(1, len(parts)))


def _check(entries: list[zipfile.ZipInfo], path: Path, limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise Refused("WASL-CONTENT-ZIP-BOMB", file=path.name, why=f"{len(entries)} entries")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        usable = safe_name(name) and _packable(name.rstrip("/"))
        if not usable or name.casefold() in seen:
            raise Refused("WASL-CONTENT-ZIP-NAME", file=path.name, name=ascii(name)[:80])
        seen.add(name.casefold())
        mode = entry.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise Refused("WASL-CONTENT-ZIP-LINK", file=path.name, name=name[:80])
        if entry.flag_bits & 0x1:
            raise Refused("WASL-CONTENT-ZIP-ENCRYPTED", file=path.name, name=name[:80])
    for name in seen:
        inside = next((folder for folder in _folders(name) if folder in seen), None)
        if inside is not None:  # a file cannot be a folder too
            raise Refused("WASL-CONTENT-ZIP-NAME", file=path.name, name=ascii(inside)[:80])
    total = sum(entry.file_size for entry in entries)
    packed = max(path.stat().st_size, 1)
    if total > limits.total or (total > limits.ratio_from and total > packed * limits.ratio):
        raise Refused("WASL-CONTENT-ZIP-BOMB", file=path.name, why=f"{total} bytes unpacked")
