"""What a file is, told by its own bytes, and whether that is what it was said to be."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from integrations.content.faults import Refused
from integrations.content.mirror import archives, pages
from integrations.content.mirror.archives import Limits

_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)
_MP4 = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"dash",
    b"MSNV",
)
_EPUB = b"application/epub+zip"


def sniff(path: Path) -> str:
    """The kind of a file by its bytes; empty for one that is not known here."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    if head[4:8] == b"ftyp" and head[8:12] in _MP4:
        return "mp4"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(path)
    text = head.removeprefix(b"\xef\xbb\xbf")
    return "html" if _HTML.match(text) else ""


def checked(path: Path, declared: str, name: str, limits: Limits = archives.LIMITS) -> str:
    """The kind of a file that may be passed on.

    Raises `Refused`: WASL-CONTENT-TYPE (it is not what it was said to be), what `archives` and
    `pages` refuse.
    """
    kind = sniff(path)
    if kind != declared or not kind:
        raise Refused("WASL-CONTENT-TYPE", file=name, declared=declared, found=kind or "unknown")
    if kind in ("epub", "html5"):
        entries = archives.looked_through(path, limits)
        if kind == "html5":
            _passive_pages(path, entries, name)
    elif kind == "html":
        pages.passive(path.read_bytes(), name)
    return kind


def _passive_pages(path: Path, entries: list[zipfile.ZipInfo], name: str) -> None:
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            ending = entry.filename.casefold().rpartition(".")[2]
            if ending in ("js", "mjs", "svg", "wasm", "swf"):
                what = f"{entry.filename}"
                raise Refused("WASL-CONTENT-ACTIVE-HTML", file=name, what=what)
            if ending in ("html", "htm", "xhtml", "xml"):
                pages.passive(archive.read(entry), f"{name}: {entry.filename}")


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                return "epub" if archive.read("mimetype").strip() == _EPUB else ""
            return "html5" if "index.html" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, KeyError, ValueError):
        return ""
