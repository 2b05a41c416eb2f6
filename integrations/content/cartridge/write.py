"""One resource as a Common Cartridge 1.3: its files as web content, its links as web links.

The same resource gives the same bytes, so that a cartridge can be known by its digest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.content.cartridge.check import CP, LOMM, MANIFEST, WL
from integrations.content.collection import Item, attribution, extension
from integrations.content.mirror.archives import looked_through
from integrations.content.mirror.objects import CHUNK, Objects, Stored
from integrations.content.model import UNDETERMINED
from integrations.content.rules import links
from wasl.files import sha256_of

_EPOCH = (1980, 1, 1, 0, 0, 0)
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PROFILE = "http://www.imsglobal.org/profile/cc/ccv1p3"
_SCHEMAS = (
    f"{CP} {_PROFILE}/ccv1p3_imscp_v1p2_v1p0.xsd",
    f"{LOMM} {_PROFILE}/LOM/ccv1p3_lommanifest_v1p0.xsd",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A resource of the manifest: what it starts with, and all its files in the ZIP."""

    type: str
    start: str
    names: tuple[str, ...]


def write(item: Item, objects: Objects, target: Path, language: str) -> str:
    """Write the item's cartridge to `target`, whole or not at all; its SHA-256 (hex)."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.new")
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            parts = [*_contents(item, objects, archive), *_links(item, archive, language)]
            _add(archive, MANIFEST, _manifest(item, parts, language))
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return sha256_of(target)


def _contents(item: Item, objects: Objects, archive: zipfile.ZipFile) -> Iterator[_Part]:
    for number, (_file, stored) in enumerate(item.files, 1):
        folder, source = f"content/{number}", objects.path(stored.sha256)
        if stored.kind == "html5":
            names = tuple(_unpack(source, folder, archive))
            yield _Part("webcontent", f"{folder}/index.html", names)
        else:
            name = f"{folder}/resource.{extension(stored)}"
            with source.open("rb") as stream, archive.open(_info(name, stored), "w") as entry:
                shutil.copyfileobj(stream, entry, CHUNK)
            yield _Part("webcontent", name, (name,))


def _unpack(source: Path, folder: str, archive: zipfile.ZipFile) -> Iterator[str]:
    """An application's files, each by itself: platforms show what is not packed twice."""
    entries = [one for one in looked_through(source) if not one.is_dir()]
    with zipfile.ZipFile(source) as packed:
        for one in entries:
            name = f"{folder}/{one.filename}"
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            with packed.open(one) as stream, archive.open(info, "w") as entry:
                shutil.copyfileobj(stream, entry, CHUNK)
            yield name


def _links(item: Item, archive: zipfile.ZipFile, language: str) -> Iterator[_Part]:
    """Where the resource stands on the web, if it has no file of its own."""
    if item.files:
        return
    for number, link in enumerate(links(item.judged.resource), 1):
        root = etree.Element(f"{{{WL}}}webLink", nsmap=_names(WL))
        _child(root, WL, "title", item.judged.resource.title(language))
        _child(root, WL, "url").set("href", link)
        name = f"links/{number}/link.xml"
        _add(archive, name, _bytes(root))
        yield _Part("imswl_xmlv1p3", "", (name,))


def _manifest(item: Item, parts: list[_Part], language: str) -> bytes:
    key = hashlib.sha256(item.id.encode()).hexdigest()[:24]
    root = etree.Element(f"{{{CP}}}manifest", nsmap=_names(CP, lomm=LOMM, xsi=_XSI))
    root.set("identifier", f"M_{key}")
    root.set(f"{{{_XSI}}}schemaLocation", " ".join(_SCHEMAS))
    metadata = _child(root, CP, "metadata")
    _child(metadata, CP, "schema", "IMS Common Cartridge")
    _child(metadata, CP, "schemaversion", "1.3.0")
    _lom(metadata, item)
    organization = _child(_child(root, CP, "organizations"), CP, "organization")
    organization.set("identifier", f"O_{key}")
    organization.set("structure", "rooted-hierarchy")
    top = _child(organization, CP, "item")
    top.set("identifier", f"I_{key}")
    resources, title = _child(root, CP, "resources"), item.judged.resource.title(language)
    for number, part in enumerate(parts, 1):
        leaf = _child(top, CP, "item")
        leaf.set("identifier", f"I_{key}_{number}")
        leaf.set("identifierref", f"R_{key}_{number}")
        _child(leaf, CP, "title", title if len(parts) == 1 else f"{title} ({number})")
        _resource(resources, part, f"R_{key}_{number}")
    return _bytes(root)


def _resource(resources: etree._Element, part: _Part, identifier: str) -> None:
    found = _child(resources, CP, "resource")
    found.set("identifier", identifier)
    found.set("type", part.type)
    if part.start:
        found.set("href", part.start)
    for name in part.names:
        _child(found, CP, "file").set("href", name)


def _lom(metadata: etree._Element, item: Item) -> None:
    """LOM 1 general and 6 rights: what a licence asks to be said with the resource."""
    resource = item.judged.resource
    lom = _child(metadata, LOMM, "lom")
    general = _child(lom, LOMM, "general")
    identifier = _child(general, LOMM, "identifier")
    _child(identifier, LOMM, "catalog", resource.feed)
    _child(identifier, LOMM, "entry", resource.id)
    _strings(general, "title", dict(resource.titles) or {UNDETERMINED: resource.id})
    for code in resource.languages:
        _child(general, LOMM, "language", code)
    if resource.descriptions:
        _strings(general, "description", dict(resource.descriptions))
    rights = _child(lom, LOMM, "rights")
    restricted = _child(rights, LOMM, "copyrightAndOtherRestrictions")
    _child(restricted, LOMM, "source", "LOMv1.0")
    _child(restricted, LOMM, "value", "yes")
    _strings(rights, "description", {"en": f"{item.judged.licence.id}, {attribution(item)}"})


def _strings(parent: etree._Element, name: str, texts: dict[str, str]) -> None:
    element = _child(parent, LOMM, name)
    for code, text in texts.items():
        one = _child(element, LOMM, "string", text)
        if code != UNDETERMINED:
            one.set("language", code)


def _names(own: str, **others: str) -> Any:
    """The namespaces of a document, its own without a prefix (lxml-stubs know no such key)."""
    return {None: own, **others}


def _child(
    parent: etree._Element, namespace: str, name: str, text: str | None = None
) -> etree._Element:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    if text is not None:
        # What XML has no place for (control characters) is not part of any title.
        element.text = "".join(char for char in text if char >= " " or char in "\t\n")
    return element


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


def _info(name: str, stored: Stored) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED if stored.kind == "html" else zipfile.ZIP_STORED
    info.file_size = stored.size
    return info
