"""What is looked at in an XLSX file before a library opens it.

A workbook is a zip of XML parts. No part of an honest one declares a document type (ECMA-376 part
2, 6.2.5: XML of a package shall contain none), and entities are what harm comes by.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

_HEAD = 1 << 16
_MARKS = (b"<!DOCTYPE", b"<!ENTITY")
_PARTS = (".xml", ".rels", ".vml")


def declares_types(path: Path) -> str:
    """The first part that declares a document type, or hides one in UTF-16; else empty.

    Raises zipfile.BadZipFile and OSError.
    """
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.lower().endswith(_PARTS):
                with archive.open(name) as part:
                    head = part.read(_HEAD)
                if b"\0" in head[:64] or any(mark in head for mark in _MARKS):
                    return name
    return ""
