"""An answer of an OAI-PMH provider, taken apart: records, resumptionToken, errors (2.0, 3.2, 3.5).

A page that is no well-formed XML is cut into its records by their tags; those that can be read
count, the others are set aside one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from integrations.content.faults import Fault, Refused
from integrations.content.oai.flat import Field, Flat, flatten, split
from integrations.content.xml import parse

Metadata = etree._Element | list[Field]
"""The root of a record's metadata; of simple Dublin Core its fields."""

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_NO_METADATA = Fault("WASL-CONTENT-NO-METADATA")
_RECORD, _HEADER, _METADATA = f"{OAI}record", f"{OAI}header", f"{OAI}metadata"
_IDENTIFIER, _DATESTAMP = f"{OAI}identifier", f"{OAI}datestamp"
_CUT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)record(?:\s[^>]*)?>.*?</\1record\s*>", re.DOTALL)
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)OAI-PMH(?:\s[^>]*)?>")
_ID = re.compile(rb"<(?:[\w.-]+:)?identifier\s*>\s*([^<]{1,500}?)\s*</")
_TOKEN = re.compile(
    rb"<(?:[\w.-]+:)?resumptionToken(?:\s[^>]*)?>\s*([^<]*?)\s*</(?:[\w.-]+:)?resumptionToken"
)
_RESPONSE_DATE = re.compile(rb"<(?:[\w.-]+:)?responseDate\s*>\s*([^<]*?)\s*</")


class Header(NamedTuple):
    """A record's header (2.5)."""

    identifier: str
    datestamp: str
    deleted: bool


class Record(NamedTuple):
    """A record: its header and its metadata, or why it was set aside."""

    header: Header
    metadata: Metadata | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `token` is empty on the last page; `error` is an OAI-PMH error code (3.6)."""

    token: str
    response_date: str
    error: str = ""
    message: str = ""
    elements: tuple[Record, ...] = ()
    flat: str = ""

    def records(self) -> Iterator[Record]:
        """Its records, in order; what is flat is taken apart only now."""
        yield from self.elements
        yield from map(_of_flat, split(self.flat))


def read_page(data: bytes, *, flat: bool = False) -> Page:
    """An answer to ListRecords or ListIdentifiers; `flat` for simple Dublin Core.

    Raises `Refused` (WASL-CONTENT-XML, WASL-CONTENT-NOT-OAI) where nothing of it can be used.
    """
    try:
        root = parse(data)
    except Refused as refused:
        if b"<!DOCTYPE" in data[:4096]:
            raise
        return _cut_up(data, refused, flat=flat)
    if root.tag != f"{OAI}OAI-PMH":
        raise Refused("WASL-CONTENT-NOT-OAI", found=str(root.tag))
    return Page(
        (root.findtext(f"*/{OAI}resumptionToken") or "").strip(),
        (root.findtext(f"{OAI}responseDate") or "").strip(),
        *_error(root),
        elements=() if flat else _records(root),
        flat=flatten(root, data) if flat else "",
    )


def _error(root: etree._Element) -> tuple[str, str]:
    error = root.find(f"{OAI}error")
    if error is None:
        return "", ""
    return error.get("code") or "unknown", " ".join((error.text or "").split())[:200]


def _records(root: etree._Element) -> tuple[Record, ...]:
    body = next((child for child in root if str(child.tag).startswith(f"{OAI}List")), None)
    found = []
    for child in body if body is not None else ():
        if child.tag == _RECORD:
            found.append(_record(child))
        elif child.tag == _HEADER:
            found.append(_headed(child))
    return tuple(found)


def _record(element: etree._Element) -> Record:
    record = _headed(element[0]) if len(element) and element[0].tag == _HEADER else _nameless()
    if record.fault or record.header.deleted:
        return record
    metadata = element[1] if len(element) > 1 and element[1].tag == _METADATA else None
    if metadata is None or not len(metadata):
        return Record(record.header, fault=_NO_METADATA)
    return Record(record.header, metadata[0])


def _of_flat(record: Flat) -> Record:
    identifier, datestamp, status, metadata, fields = record
    if not identifier or len(identifier) > 500:
        return _nameless()
    header = Header(identifier, datestamp, status == "deleted")
    if header.deleted:
        return Record(header)
    return Record(header, fields) if metadata else Record(header, None, _NO_METADATA)


def _headed(header: etree._Element) -> Record:
    identifier = datestamp = ""
    for child in header:
        if child.tag == _IDENTIFIER:
            identifier = (child.text or "").strip()
        elif child.tag == _DATESTAMP:
            datestamp = (child.text or "").strip()
    if not identifier or len(identifier) > 500:
        return _nameless()
    return Record(Header(identifier, datestamp, header.get("status") == "deleted"))


def _nameless() -> Record:
    return Record(Header("", "", False), fault=Fault("WASL-CONTENT-NO-IDENTIFIER"))


def _cut_up(data: bytes, refused: Refused, *, flat: bool) -> Page:
    """What can be saved of a page that is not well formed."""
    root = _ROOT.search(data)
    token = _TOKEN.search(data)
    cuts = list(_CUT.finditer(data))
    if root is None or not (cuts or token):
        raise refused
    opening, prefix = root[0], root[1]
    date = _RESPONSE_DATE.search(data)
    return Page(
        _text(token[1]) if token else "",
        _text(date[1]) if date else "",
        elements=tuple(record for cut in cuts for record in _one(cut[0], opening, prefix, flat)),
    )


def _one(record: bytes, opening: bytes, prefix: bytes, flat: bool) -> Iterator[Record]:
    whole = b"%s<%sListRecords>%s</%sListRecords></%sOAI-PMH>" % (
        opening,
        prefix,
        record,
        prefix,
        prefix,
    )
    try:
        root = parse(whole)
        yield from map(_of_flat, split(flatten(root, whole))) if flat else _records(root)
    except Refused as refused:
        named = _ID.search(record)
        identifier = named[1].decode(errors="replace") if named else ""
        yield Record(Header(identifier, "", False), fault=refused.fault)


def _text(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    for entity, char in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ):
        text = text.replace(entity, char)
    return text
