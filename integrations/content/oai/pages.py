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
from integrations.content.xml import parse

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


class Record(NamedTuple):
    """A record: its header (2.5) and the root of its metadata, or why it was set aside."""

    identifier: str
    datestamp: str = ""
    deleted: bool = False
    metadata: etree._Element | None = None
    fault: Fault | None = None


_NAMELESS = Record("", fault=Fault("WASL-CONTENT-NO-IDENTIFIER"))


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. `token` is empty on the last page; `error` is an OAI-PMH error code (3.6)."""

    token: str
    response_date: str
    error: str = ""
    message: str = ""
    list: etree._Element | None = None
    cut: tuple[Record, ...] = ()

    def records(self) -> Iterator[Record]:
        """Its records, in order, each taken from the page's tree as it is asked for."""
        yield from self.cut if self.list is None else _records(self.list)


def read_page(data: bytes) -> Page:
    """An answer to ListRecords or ListIdentifiers.

    Raises `Refused` (WASL-CONTENT-XML, WASL-CONTENT-NOT-OAI) where nothing of it can be used.
    """
    try:
        root = parse(data)
    except Refused as refused:
        if b"<!DOCTYPE" in data[:4096]:
            raise
        return _cut_up(data, refused)
    if root.tag != f"{OAI}OAI-PMH":
        raise Refused("WASL-CONTENT-NOT-OAI", found=str(root.tag))
    return Page(
        (root.findtext(f"*/{OAI}resumptionToken") or "").strip(),
        (root.findtext(f"{OAI}responseDate") or "").strip(),
        *_error(root),
        list=_list(root),
    )


def _error(root: etree._Element) -> tuple[str, str]:
    error = root.find(f"{OAI}error")
    if error is None:
        return "", ""
    return error.get("code") or "unknown", " ".join((error.text or "").split())[:200]


def _list(root: etree._Element) -> etree._Element | None:
    return next((child for child in root if str(child.tag).startswith(f"{OAI}List")), None)


def _records(listed: etree._Element) -> Iterator[Record]:
    for child in listed:
        if child.tag == _RECORD:
            yield _record(child)
        elif child.tag == _HEADER:
            yield _headed(child)


def _record(element: etree._Element) -> Record:
    parts = list(element)
    record = _headed(parts[0]) if parts and parts[0].tag == _HEADER else _NAMELESS
    if record.fault or record.deleted:
        return record
    metadata = parts[1] if len(parts) > 1 and parts[1].tag == _METADATA else None
    if metadata is None or not len(metadata):
        return record._replace(fault=_NO_METADATA)
    return record._replace(metadata=metadata[0])


def _headed(header: etree._Element) -> Record:
    identifier = datestamp = ""
    for child in header:
        if child.tag == _IDENTIFIER:
            identifier = (child.text or "").strip()
        elif child.tag == _DATESTAMP:
            datestamp = (child.text or "").strip()
    if not identifier or len(identifier) > 500:
        return _NAMELESS
    return Record(identifier, datestamp, header.get("status") == "deleted")


def _cut_up(data: bytes, refused: Refused) -> Page:
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
        cut=tuple(record for cut in cuts for record in _one(cut[0], opening, prefix)),
    )


def _one(record: bytes, opening: bytes, prefix: bytes) -> Iterator[Record]:
    whole = b"%s<%sListRecords>%s</%sListRecords></%sOAI-PMH>" % (
        opening,
        prefix,
        record,
        prefix,
        prefix,
    )
    try:
        yield from _records(parse(whole)[0])
    except Refused as refused:
        named = _ID.search(record)
        identifier = named[1].decode(errors="replace") if named else ""
        yield Record(identifier, fault=refused.fault)


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
