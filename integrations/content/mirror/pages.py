"""HTML that is passed on to pupils: read, and refused if it runs anything or calls anyone."""

from __future__ import annotations

import re

from lxml import etree, html

from integrations.content.faults import Refused

_TAGS = "script iframe frame frameset object embed applet form base portal fencedframe"
_ACTIVE = frozenset(_TAGS.split())
_LINKS = ("href", "src", "action", "formaction", "data", "poster", "background", "xlink:href")
_LOADING = ("src", "poster", "background", "data", "srcset")
_SCHEME = re.compile(r"^[\s\x00-\x20]*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_CSS = re.compile(r"@import|expression\s*\(|url\s*\(\s*['\"]?\s*(?:https?:)?//|javascript:", re.I)
_LARGEST = 20_000_000


def passive(data: bytes, name: str) -> None:
    """Raise `Refused` (WASL-CONTENT-ACTIVE-HTML) for a page with scripts, handlers or remote parts.

    Ordinary links to the web are text and stay; what would be loaded or run by itself does not.
    """
    if len(data) > _LARGEST:
        raise Refused("WASL-CONTENT-TOO-LARGE", url=name, limit=_LARGEST)
    try:
        page = html.document_fromstring(data, parser=_parser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Refused("WASL-CONTENT-BROKEN-HTML", file=name, why=error) from error
    for element in page.iter(etree.Element):
        reason = _reason(element)
        if reason:
            raise Refused("WASL-CONTENT-ACTIVE-HTML", file=name, what=reason)


def _parser() -> html.HTMLParser:
    return html.HTMLParser(no_network=True, huge_tree=False, recover=True)


def _reason(element: html.HtmlElement) -> str:
    tag = str(element.tag).rpartition("}")[2].casefold()
    if tag in _ACTIVE:
        return f"<{tag}>"
    if tag == "meta" and element.get("http-equiv", "").casefold() == "refresh":
        return "<meta refresh>"
    if tag == "link" and _remote(element.get("href", "")):
        return "<link> to elsewhere"
    if tag == "style" and _CSS.search(element.text or ""):
        return "a style that loads or runs something"
    for name, value in element.attrib.items():
        reason = _attribute(str(name).casefold(), str(value))
        if reason:
            return f"{reason} of <{tag}>"
    return ""


def _attribute(name: str, value: str) -> str:
    if name.startswith("on"):
        return name
    scheme = _SCHEME.match(value) if name in _LINKS else None
    if scheme and scheme[1].casefold() in ("javascript", "vbscript", "data", "file"):
        image = name == "src" and value.casefold().startswith("data:image/") and "svg" not in value
        return "" if image else f"{name}={scheme[1]}:"
    if name in _LOADING and any(map(_remote, value.split(","))):
        return f"{name} from elsewhere"
    if name == "style" and _CSS.search(value):
        return "style"
    return ""


def _remote(value: str) -> bool:
    text = value.strip().casefold()
    return text.startswith(("//", "http:", "https:", "ftp:", "ws:", "wss:"))
