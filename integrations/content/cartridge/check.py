"""A cartridge held to its rules: `rules.yaml` over the whole package, read as one tree."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import yaml
from lxml import etree

from integrations.content.faults import Refused
from integrations.content.mirror.archives import looked_through
from integrations.content.xml import parse

MANIFEST = "imsmanifest.xml"
CP = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
LOMM = "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"
WL = "http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3"
_PREFIXES = {"cp": CP, "lomm": LOMM, "wl": WL}
_LARGEST = 16_000_000  # bytes of one XML document


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold at all that XPath `at` finds; `section` says why.

    XPath `test` is true; or its text is `among` those found by that XPath; or all texts that XPath
    `different` finds there differ.
    """

    id: str
    section: str
    at: str
    test: str = ""
    among: str = ""
    different: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a cartridge breaks, and where in it."""

    rule: str
    section: str
    place: str


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in the order in which they are looked at."""
    text = files("integrations.content.cartridge").joinpath("rules.yaml").read_text("utf-8")
    return tuple(Rule(**one) for one in yaml.safe_load(text))


def check(cartridge: Path) -> list[Broken]:
    """Every rule that the cartridge breaks, once a place; none for a good one.

    Raises `Refused`: what `looked_through` refuses, WASL-CONTENT-XML, WASL-CONTENT-TOO-LARGE.
    """
    package = _package(cartridge)
    return [broken for rule in rules() for broken in _broken(rule, package)]


def _broken(rule: Rule, package: etree._Element) -> Iterator[Broken]:
    tree = package.getroottree()
    known = frozenset(_texts(package, rule.among)) if rule.among else frozenset()
    found = package.xpath(rule.at, namespaces=_PREFIXES)
    assert isinstance(found, list)
    for one in found:
        assert isinstance(one, etree._Element)
        if not _holds(rule, one, known):
            yield Broken(rule.id, rule.section, tree.getpath(one))


def _holds(rule: Rule, one: etree._Element, known: frozenset[str]) -> bool:
    if rule.different:
        texts = _texts(one, rule.different)
        return len(set(texts)) == len(texts)
    if rule.among:
        return one.xpath(f"string({rule.test})", namespaces=_PREFIXES) in known
    return bool(one.xpath(f"boolean({rule.test})", namespaces=_PREFIXES))


def _texts(one: etree._Element, path: str) -> list[str]:
    found = one.xpath(path, namespaces=_PREFIXES)
    assert isinstance(found, list)
    return [str(text) for text in found]


def _package(cartridge: Path) -> etree._Element:
    package = etree.Element("package")
    with zipfile.ZipFile(cartridge) as archive:
        for info in looked_through(cartridge):
            entry = etree.SubElement(package, "entry", name=info.filename)
            if info.filename == MANIFEST or _is_link(archive, info):
                entry.append(parse(_read(archive, info), info.filename))
    return package


def _is_link(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether it may be a web link's descriptor: a small XML document that is no page."""
    if not info.filename.endswith(".xml") or info.file_size > _LARGEST:
        return False
    with archive.open(info) as stream:
        return b"webLink" in stream.read(4096)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise Refused("WASL-CONTENT-TOO-LARGE", url=info.filename, limit=_LARGEST)
    return data
