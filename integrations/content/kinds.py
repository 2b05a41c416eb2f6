"""Kinds of files: what they are called, how they are told, and who can use them."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass

from integrations.content.model import Encoding


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, its extension, whether a device can show it."""

    type: str
    extension: str
    offline: bool
    aliases: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "pdf": Kind("application/pdf", "pdf", True, ("application/x-pdf",)),
    "mp4": Kind("video/mp4", "mp4", True, ("video/x-m4v",)),
    "mp3": Kind("audio/mpeg", "mp3", True, ("audio/mp3", "audio/mpeg3")),
    "epub": Kind("application/epub+zip", "epub", True),
    "html": Kind("text/html", "html", True, ("application/xhtml+xml",)),
    "html5": Kind("application/zip", "zip", True, ("application/x-zip-compressed",)),
}

_BY_TYPE = {name: key for key, kind in KINDS.items() for name in (kind.type, *kind.aliases)}
_BY_EXTENSION = {kind.extension: key for key, kind in KINDS.items()} | {"htm": "html"}


def kind_of(file: Encoding) -> str:
    """The kind that a file is declared to be, by its type, else by its name; empty if none.

    A page of the web is no file: it belongs to whoever serves it, and is linked to instead.
    """
    declared = file.type.partition(";")[0].strip().casefold()
    kind = _BY_TYPE.get(declared, "") if declared else kind_of_name(file.location)
    return "" if kind == "html" and _remote(file.location) else kind


def kind_of_name(location: str) -> str:
    """The kind that a URL's or file's ending suggests; empty if none."""
    remote = _remote(location)
    if remote and ("?" in location or "#" in location):
        location = location.partition("?")[0].partition("#")[0]
    kind = _BY_EXTENSION.get(location[-8:].rpartition(".")[2].casefold(), "")
    return "" if kind == "html" and remote else kind


def _remote(location: str) -> bool:
    return location.startswith(("http://", "https://"))


def declared_type(name: str) -> str:
    """The media type that a file's name suggests; empty if none."""
    return mimetypes.guess_type(name, strict=True)[0] or ""
