"""What a file is, told by its own bytes, and whether that is what it was said to be."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from integrations.content.faults import Refused
from integrations.content.mirror import archives, pages
from integrations.content.mirror.archives import Limits
from integrations.content.mirror.objects import CHUNK
from integrations.content.mirror.styles import loads

_HTML = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
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
_XML = ("xhtml", "xht", "xml", "svg")
_HTML_NAMES = ("html", "htm")
_SHOWN = frozenset(
    [
        *("png", "jpg", "jpeg", "gif", "webp", "bmp", "ico", "avif"),
        *("mp3", "m4a", "ogg", "oga", "wav", "aac", "mp4", "m4v", "webm", "ogv"),
        *("woff", "woff2", "ttf", "otf", "eot"),
        *("txt", "md", "csv", "json", "vtt", "srt", "pdf", "opf", "ncx", "smil", "pls"),
    ]
)
"""What the parts of an archive may be called, beside pages and styles: none of it is run."""
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

    Raises `Refused`: WASL-CONTENT-TYPE (it is not what it was said to be), -ZIP-KIND (a part of it
    might run), what `archives` and `pages` refuse.
    """
    kind = sniff(path)
    if kind != declared or not kind:
        raise Refused("WASL-CONTENT-TYPE", file=name, declared=declared, found=kind or "unknown")
    if kind in ("epub", "html5"):
        _passive_parts(path, archives.looked_through(path, limits), name, epub=kind == "epub")
    elif kind == "html":
        pages.passive(path.read_bytes(), name)
    return kind


def _passive_parts(path: Path, entries: list[zipfile.ZipInfo], name: str, *, epub: bool) -> None:
    """Every part of an archive is of a kind that shows or sounds and does nothing else."""
    with zipfile.ZipFile(path) as archive:
        for entry in entries:
            ending = PurePosixPath(entry.filename.casefold()).suffix.removeprefix(".")
            if entry.is_dir():
                continue
            if ending in _SHOWN or (epub and entry.filename == "mimetype"):
                _read_through(archive, entry)
                continue
            if ending not in (*_XML, *_HTML_NAMES, "css"):
                raise Refused("WASL-CONTENT-ZIP-KIND", file=name, name=entry.filename[:80])
            where, data = f"{name}: {entry.filename}", _part(archive, entry)
            if ending != "css":
                # An EPUB's own list may call any page of it XML.
                pages.passive(data, where, xml=epub or ending in _XML)
            elif loads(data.decode(errors="replace")):
                what = "a style that loads or runs something"
                raise Refused("WASL-CONTENT-ACTIVE-HTML", file=where, what=what)


def _part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What a part holds that is looked at whole."""
    if entry.file_size > pages.LARGEST:
        raise Refused("WASL-CONTENT-TOO-LARGE", url=entry.filename, limit=pages.LARGEST)
    with _told(archive, entry):
        return archive.read(entry)


def _read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """A part that is looked at by nobody before it is packed is whole, by its own checksum."""
    with _told(archive, entry), archive.open(entry) as part:
        while part.read(CHUNK):
            pass


@contextmanager
def _told(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[None]:
    """Raises `Refused` (WASL-CONTENT-ZIP-BROKEN) where a part cannot be read."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, EOFError) as error:
        why = f"{entry.filename}: {error}"
        raise Refused("WASL-CONTENT-ZIP-BROKEN", file=str(archive.filename), why=why) from error


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 100:
                return "epub" if archive.read("mimetype").strip() == _EPUB else ""
            return "html5" if "index.html" in names else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, KeyError, ValueError):
        return ""
