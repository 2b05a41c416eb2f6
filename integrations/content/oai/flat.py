"""Simple Dublin Core taken out of a whole page in one go, as lists of fields.

A page has thousands of small elements, and to visit each from Python costs more than all the rest.
A stylesheet writes them as one text that is split afterwards; private characters stand between
its parts, and are removed from the values first where a page holds any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lxml import etree

Field = tuple[str, str, str]
"""An element's local name, its xml:lang, its text with single blanks."""

_RECORD, _PART, _FIELD = "\ue000", "\ue001", "\ue002"
_UTF8 = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']utf-8|(?!<\?xml[^>]*encoding)", re.IGNORECASE)
_VALUE = "normalize-space({})"
_CLEAN_VALUE = f"translate(normalize-space({{}}),'{_RECORD}{_PART}{_FIELD}','')"
_STYLESHEET = """
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:o="http://www.openarchives.org/OAI/2.0/">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:template match="/">
    <xsl:for-each select="o:OAI-PMH/*/o:record">
      <xsl:text>{record}</xsl:text><xsl:value-of select="{identifier}"/>
      <xsl:text>{part}</xsl:text><xsl:value-of select="{datestamp}"/>
      <xsl:text>{part}</xsl:text><xsl:value-of select="o:header/@status"/>
      <xsl:text>{part}</xsl:text><xsl:value-of select="count(o:metadata/*)"/>
      <xsl:for-each select="o:metadata/*[1]/*">
        <xsl:text>{field}</xsl:text><xsl:value-of select="local-name()"/>
        <xsl:text>{part}</xsl:text><xsl:value-of select="@xml:lang"/>
        <xsl:text>{part}</xsl:text><xsl:value-of select="{value}"/>
      </xsl:for-each>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>"""

_DENY_ALL = etree.XSLTAccessControl(  # type: ignore[call-arg] # the stubs know less
    read_file=False, write_file=False, create_dir=False, read_network=False, write_network=False
)

Flat = tuple[str, str, str, bool, list[Field]]
"""Identifier, datestamp, status, whether there is metadata, its fields."""


def flatten(root: etree._Element, data: bytes) -> str:
    """All of a page in one text (`data` is the page as it came); Python waits for none of it."""
    return str(_stylesheet(clean=_may_hold_private(data))(root))


def split(text: str) -> Iterator[Flat]:
    """The records of a flattened page."""
    for record in text.split(_RECORD)[1:]:
        head, *fields = record.split(_FIELD)
        identifier, datestamp, status, metadata = head.split(_PART)
        yield (
            identifier,
            datestamp,
            status,
            metadata != "0",
            [tuple(field.split(_PART)) for field in fields],  # type: ignore[misc]
        )


def _may_hold_private(data: bytes) -> bool:
    """Whether U+E000 to U+E03F may be in the page: as they are, as references, in other codes."""
    return b"\xee\x80" in data or b"&#" in data or not _UTF8.match(data)


@cache
def _stylesheet(*, clean: bool) -> etree.XSLT:
    value = _CLEAN_VALUE if clean else _VALUE
    text = _STYLESHEET.format(
        record=_RECORD,
        part=_PART,
        field=_FIELD,
        identifier=value.format("o:header/o:identifier"),
        datestamp=value.format("o:header/o:datestamp"),
        value=value.format("."),
    )
    return etree.XSLT(etree.XML(text), access_control=_DENY_ALL)
