"""XML from strangers: parsed without entities, network, DTDs or trees beyond libxml2's limits."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from integrations.content.faults import Refused

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_BETWEEN = "\x1f"  # stands in no XML text


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


def all_words(elements: Sequence[etree._Element]) -> list[str]:
    """`words` of each. Most texts are even already, and all at once that is cheap to see."""
    texts = [(element.text or "").strip() for element in elements]
    joined = _BETWEEN.join(texts)
    even = not ("  " in joined or "\n" in joined or "\t" in joined or "\r" in joined)
    if even and not any(map(len, elements)):
        return texts
    return [words(element) for element in elements]


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
