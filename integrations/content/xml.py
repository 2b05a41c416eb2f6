"""XML from strangers: parsed without entities, network, DTDs or trees beyond libxml2's limits."""

from __future__ import annotations

from lxml import etree

from integrations.content.faults import Refused

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def parse(data: bytes, where: str = "") -> etree._Element:
    """The root element. Raises `Refused` (WASL-CONTENT-XML), for a document type too."""
    try:
        root = etree.fromstring(data, parser=_parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("WASL-CONTENT-XML", where=where, why=error) from error
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr] # the stubs know less
        raise Refused("WASL-CONTENT-XML", where=where, why="it brings a document type (DTD)")
    return root


def words(element: etree._Element) -> str:
    """All text of an element, with single blanks (as XPath's normalize-space)."""
    text = element.text
    if len(element):
        text = "".join(map(str, element.itertext()))
    if not text:
        return ""
    text = text.strip()
    # Most are even already, and to look is far cheaper than to split.
    if "  " in text or "\n" in text or "\t" in text or "\r" in text:
        text = " ".join(text.split())
    return text


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
