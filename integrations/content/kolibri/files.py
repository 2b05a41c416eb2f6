"""Files as Kolibri wants them: known by MD5, a single page in a ZIP of its own."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from integrations.content.collection import Item
from integrations.content.kolibri.channel import PRESETS, Shown
from integrations.content.mirror.objects import CHUNK, Objects

_EPOCH = (1980, 1, 1, 0, 0, 0)


def shown(items: Iterable[Item], objects: Objects, folder: Path) -> dict[str, tuple[Shown, Path]]:
    """Each file that a channel can hold, by its SHA-256, and where its bytes are.

    Pages are zipped into `folder`, always to the same bytes.
    """
    found: dict[str, tuple[Shown, Path]] = {}
    for item in items:
        for _file, stored in item.files:
            if stored.sha256 in found or stored.kind not in (*PRESETS, "html"):
                continue
            path = objects.path(stored.sha256)
            if stored.kind == "html":
                path = zipped(path, folder / f"{stored.sha256}.zip")
                stored = replace(stored, kind="html5")
            found[stored.sha256] = (Shown(stored, md5(path), path.stat().st_size), path)
    return found


def zipped(page: Path, target: Path) -> Path:
    """A page as the `index.html` of a ZIP without times, so that it is the same each time."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".new")
    entry = zipfile.ZipInfo("index.html", _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr(entry, page.read_bytes())
    os.replace(temporary, target)
    return target


def md5(path: Path) -> str:
    """MD5 (hex): how Kolibri names files; nothing here rests on its strength."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
