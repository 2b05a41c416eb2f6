"""An answer of an OAI-PMH provider, taken apart: records, resumptionToken, errors (2.0, 3.2, 3.5).

A page that is no well-formed XML is cut into its records by their tags; those that can be read
count, the others are set aside one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from lxml import etree

from integrations.content.faults import Fault, Refused
from integrations.content.xml import parse

OAI = "{http://www.openarchives.org/OAI/2.0/}"
_LONGEST_IDENTIFIER = 500
_NO_METADATA = Fault("WASL-CONTENT-NO-METADATA")
_RECORD, _HEADER, _METADATA = f"{OAI}record", f"{OAI}header", f"{OAI}metadata"
_IDENTIFIER, _DATESTAMP = f"{OAI}identifier", f"{OAI}datestamp"
# For pages that are no XML. None of these looks past the next `<`: whatever a stranger sends, the
# time that a page takes grows with its length and no faster.
_ROOT = re.compile(rb"<((?:[A-Za-z_][\w.-]*:)?)OAI-PMH(?:\s[^<>]{0,4000})?>")
_ID = re.compile(rb"<(?:[\w.-]+:)?identifier\s*>([^<]*)</")
_TOKEN = re.compile(
    rb"<(?:[\w.-]+:)?resumptionToken(?:\s[^<>]*)?>([^<]*)</(?:[\w.-]+:)?resumptionToken"
)
_RESPONSE_DATE = re.compile(rb"<(?:[\w.-]+:)?responseDate\s*>([^<]*)</")
_MOST_CUT = 20_000  # records of one page


class Record(NamedTuple):
    """A record: its header (2.5) and the root of its metadata, or why it has none to be read."""

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
    broken_off: bool = False
    """Whether its end is missing, and with it what the list goes on with."""

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
    (error, message), listed = _error(root), _list(root)
    if listed is None and not error:  # to take it for an empty last page would end the list here
        raise Refused("WASL-CONTENT-XML", why="it holds neither a list nor an error")
    return Page(
        (root.findtext(f"*/{OAI}resumptionToken") or "").strip(),
        (root.findtext(f"{OAI}responseDate") or "").strip(),
        error,
        message,
        list=listed,
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
            yield _record(list(child))
        elif child.tag == _HEADER:
            yield _record([child])


def _record(parts: list[etree._Element]) -> Record:
    """What a record's `header`, or it and its `metadata`, say."""
    if not parts or parts[0].tag != _HEADER:
        return _NAMELESS
    identifier, datestamp = _named(parts[0])
    if not identifier or len(identifier) > _LONGEST_IDENTIFIER:
        return _NAMELESS
    if parts[0].get("status") == "deleted":
        return Record(identifier, datestamp, True)
    if len(parts) < 2 or parts[1].tag != _METADATA or not len(parts[1]):
        return Record(identifier, datestamp, False, None, _NO_METADATA)
    return Record(identifier, datestamp, False, parts[1][0])


def _named(header: etree._Element) -> tuple[str, str]:
    identifier = datestamp = ""
    for child in header:
        tag = child.tag
        if tag == _IDENTIFIER:
            identifier = (child.text or "").strip()
        elif tag == _DATESTAMP:
            datestamp = (child.text or "").strip()
    return identifier, datestamp


def _cut_up(data: bytes, refused: Refused) -> Page:
    """What can be saved of a page that is not well formed."""
    root = _ROOT.search(data)
    token = _TOKEN.search(data)
    if root is None:
        raise refused
    opening, prefix = root[0], root[1]
    cuts = list(islice(_cuts(data, prefix), _MOST_CUT + 1))
    if len(cuts) > _MOST_CUT or not (cuts or token):
        raise refused
    date = _RESPONSE_DATE.search(data)
    return Page(
        _text(token[1]) if token else "",
        _text(date[1]) if date else "",
        cut=tuple(record for cut in cuts for record in _one(cut, opening, prefix)),
        broken_off=token is None and b"</%sOAI-PMH" % prefix not in data,
    )


def _cuts(data: bytes, prefix: bytes) -> Iterator[bytes]:
    """The records of a page, each from its tag to the tag that ends it, or to the next record's.

    What follows the last tag of a page that breaks off belongs to none.
    """
    tag = re.compile(rb"<(/?)%srecord(?:\s[^<>]*)?>" % re.escape(prefix))
    begun: int | None = None
    for found in tag.finditer(data):
        closes = bool(found[1])
        if begun is not None:
            yield data[begun : found.end() if closes else found.start()]
        begun = None if closes else found.start()


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
        identifier = named[1].decode(errors="replace").strip() if named else ""
        identifier = identifier if len(identifier) <= _LONGEST_IDENTIFIER else ""
        yield Record(identifier, fault=refused.fault)


def _text(raw: bytes) -> str:
    text = raw.decode(errors="replace").strip()
    for entity, char in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ):
        text = text.replace(entity, char)
    return text
