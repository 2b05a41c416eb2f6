"""Pages that are passed on to pupils: read, and refused if they run anything or call anyone.

A page of an archive may be taken for HTML or for XML, by whoever opens it: it must pass as both.
So must one whose declared encoding a browser may not believe: it passes byte by byte as well. What
the parser does not read to its end, or what browsers read otherwise than it does, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from integrations.content.faults import Refused
from integrations.content.mirror.styles import loads

_TAGS = "script iframe frame frameset object embed applet form base portal fencedframe handler"
# A browser that runs scripts takes what stands in it for text, and ends it elsewhere.
_ACTIVE = frozenset((*_TAGS.split(), "noscript"))
_LINKS = ("href", "src", "action", "formaction", "data", "poster", "background")
_LOADING = ("src", "poster", "background", "data", "srcset", "imagesrcset")
_FOLLOWED = ("a", "area")  # their `href` is loaded when someone asks for it
_STYLED = ("style", "fill", "stroke", "filter", "mask", "cursor", "clip-path", "marker")
_SCHEMES = ("javascript:", "vbscript:", "data:", "file:")
_BLANK = re.compile(r"[\x00-\x20]+")
# Within SVG and MathML these hold markup for a browser, where the parser always sees text. A whole
# CDATA section is text for both.
_FOREIGN = ("svg", "math")
_TEXT_ALONE = ("style", "title", "textarea", "xmp", "noembed", "noframes", "plaintext")
_MARKUP = re.compile("<[a-z!/?]", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARES = re.compile("<!(?:ENTITY|ATTLIST)")
LARGEST = 20_000_000


def passive(data: bytes, name: str, *, xml: bool = False) -> None:
    """Raise `Refused` (WASL-CONTENT-ACTIVE-HTML) for a page with scripts, handlers or remote parts.

    Ordinary links to the web are text and stay; what would be loaded or run by itself does not.
    With `xml` the page must pass as XML too (WASL-CONTENT-BROKEN-HTML where it is none).
    """
    if len(data) > LARGEST:
        raise Refused("WASL-CONTENT-TOO-LARGE", url=name, limit=LARGEST)
    try:
        reasons = [*_html_reasons(data)]
        if not data.startswith(_UTF16):  # which browsers believe before anything that is declared
            reasons += _html_reasons(data, "iso-8859-1")
        if xml:
            reasons += _xml_reasons(data)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Refused("WASL-CONTENT-BROKEN-HTML", file=name, why=error) from error
    if reasons:
        raise Refused("WASL-CONTENT-ACTIVE-HTML", file=name, what=reasons[0])


def _html_reasons(data: bytes, encoding: str | None = None) -> Iterator[str]:
    parser = html.HTMLParser(no_network=True, huge_tree=False, recover=True, encoding=encoding)
    page = html.document_fromstring(data, parser=parser)
    for error in parser.error_log:
        if error.level >= etree.ErrorLevels.FATAL:  # what follows was not read, or not as it is
            raise ValueError(error.message)
    yield from _reasons(page)
    tags = {_local(element.tag) for element in page.iter(etree.Element)}
    if not tags.isdisjoint(_FOREIGN):
        for element in page.iter(*_TEXT_ALONE):
            if _MARKUP.search(_CDATA.sub("", "".join(map(str, element.itertext())))):
                yield f"markup in <{element.tag}>"


def _xml_reasons(data: bytes) -> Iterator[str]:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    tree = etree.ElementTree(etree.fromstring(data, parser=parser))
    if _DECLARES.search(etree.tostring(tree, encoding="unicode")):
        yield "<!DOCTYPE> with declarations"
    if tree.xpath("//processing-instruction('xml-stylesheet')"):
        yield "<?xml-stylesheet?>"
    yield from _reasons(tree.getroot())


def _reasons(page: etree._Element) -> Iterator[str]:
    for element in page.iter(etree.Element):
        if reason := _reason(element):
            yield reason


def _reason(element: etree._Element) -> str:
    tag = _local(element.tag)
    if tag in _ACTIVE:
        return f"<{tag}>"
    if tag == "meta" and element.get("http-equiv", "").casefold() == "refresh":
        return "<meta refresh>"
    if tag == "style" and loads("".join(map(str, element.itertext()))):
        return "a style that loads or runs something"
    for name, value in element.attrib.items():
        reason = _attribute(tag, _local(name), str(value))
        if reason:
            return f"{reason} of <{tag}>"
    return ""


def _local(name: object) -> str:
    """A name without its namespace, however that is written."""
    return str(name).rpartition("}")[2].rpartition(":")[2].casefold()


def _attribute(tag: str, name: str, value: str) -> str:
    if name.startswith("on"):
        return name
    if name == "attributename" and _changes(value):  # SVG animations
        return f"{name}={value}"
    plain = _address(value) if name in _LINKS else ""
    if plain.startswith(_SCHEMES):
        image = name == "src" or (tag == "image" and name == "href")
        image = image and plain.startswith("data:image/") and "svg" not in plain[:40]
        return "" if image else f"{name}={plain.partition(':')[0]}:"
    loading = name in _LOADING or (name == "href" and tag not in _FOLLOWED)
    if loading and any(map(_remote, value.split(",") if "srcset" in name else [value])):
        return f"{name} from elsewhere"
    if name.startswith(_STYLED) and loads(value):
        return name
    return ""


def _changes(attribute: str) -> bool:
    name = _local(attribute.strip())
    return name in _LINKS or name.startswith("on")


def _address(value: str) -> str:
    """An address as browsers read it: without blanks before it or control characters in it."""
    return _BLANK.sub("", value).casefold()


def _remote(value: str) -> bool:
    text = _address(value).replace("\\", "/")
    return text.startswith(("//", "http:", "https:", "ftp:", "ws:", "wss:"))
