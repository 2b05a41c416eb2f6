"""Cartridges: a good one breaks no rule, and each named mutation breaks the one that it should."""

from __future__ import annotations

import dataclasses
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from lxml import etree
from msgspec.structs import replace

from integrations.content.cartridge.check import CP, LOMM, MANIFEST, WL, check, rules
from integrations.content.cartridge.write import write
from integrations.content.classify import Levels
from integrations.content.collection import Item
from integrations.content.faults import Refused
from integrations.content.licences import read_licence
from integrations.content.mirror.objects import Objects, Stored
from integrations.content.model import Encoding, Resource
from integrations.content.rules import PARTNER, Judged, not_for
from tests.content.test_download import zipped

Names = dict[str, bytes]


def item(objects: Objects, *contents: tuple[str, bytes], link: str = "") -> Item:
    """An Arabic lesson with these files (kind and bytes), and perhaps an address."""
    files = []
    for kind, data in contents:
        sha256, size = objects.copy_in([data])
        files.append((Encoding(f"file.{kind}"), Stored(sha256, size, kind)))
    resource = Resource(
        id="lesson:1",
        feed="feed",
        titles={"ar": "الكسور <العشرية>", "fr": "Les fractions"},
        descriptions={"ar": "درس"},
        languages=("ar",),
        creators=("فريق وصل",),
        identifiers=(link,) if link else (),
    )
    licence = read_licence(("CC BY 4.0",))
    judged = Judged(resource, licence, Levels(frozenset({"g5"}), ()), ("mathematics",), ())
    return Item(judged, tuple(files))


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    return Objects(tmp_path / "mirror")


@pytest.fixture
def good(objects: Objects, tmp_path: Path) -> Path:
    """A cartridge with a page, an application and a document."""
    app = zipped({"index.html": b"<!doctype html><p>app", "img/a.png": b"x"})
    one = item(objects, ("html", b"<!doctype html><p>x"), ("html5", app), ("pdf", b"%PDF-1.4\n"))
    write(one, objects, tmp_path / "good.imscc", "ar")
    return tmp_path / "good.imscc"


@pytest.fixture
def link(objects: Objects, tmp_path: Path) -> Path:
    """A cartridge that holds nothing but a web link."""
    write(item(objects, link="https://example.org/a"), objects, tmp_path / "link.imscc", "ar")
    return tmp_path / "link.imscc"


def entries(path: Path) -> Names:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_good_one_says_who_made_it_and_what_is_allowed(good: Path) -> None:
    assert check(good) == []
    names = entries(good)
    assert names["content/2/img/a.png"] == b"x"
    manifest = etree.fromstring(names[MANIFEST])
    found = {
        name: [one.text for one in manifest.iter(f"{{{LOMM}}}{name}")]
        for name in ("string", "language", "entry")
    }
    assert found == {
        "string": ["الكسور <العشرية>", "Les fractions", "درس", "CC-BY-4.0, فريق وصل"],
        "language": ["ar"],
        "entry": ["lesson:1"],
    }
    titles = [one.text for one in manifest.iter(f"{{{CP}}}title")]
    assert titles == [f"الكسور <العشرية> ({number})" for number in (1, 2, 3)]


def test_a_link(link: Path) -> None:
    assert check(link) == []
    root = etree.fromstring(entries(link)["links/1/link.xml"])
    url = root.find(f"{{{WL}}}url")
    assert url is not None
    assert url.get("href") == "https://example.org/a"


def test_an_application_of_many_files_is_checked_at_once(objects: Objects, tmp_path: Path) -> None:
    """Its files are looked up: each compared with each takes the square of their number."""
    names = {f"img/{number}.png": b"x" for number in range(6000)}
    app = zipped({"index.html": b"<!doctype html><p>app", **names})
    write(item(objects, ("html5", app)), objects, tmp_path / "many.imscc", "ar")
    begun = time.process_time()
    assert check(tmp_path / "many.imscc") == []
    assert time.process_time() - begun < 3


def test_a_page_that_is_no_file_of_ours_is_linked_to(objects: Objects, tmp_path: Path) -> None:
    """LOM 4.3 names a page of the web; a file of a kind that nobody here knows has no address."""
    page, told = "https://lessons.example/17/", item(objects).judged
    resource = replace(told.resource, encodings=(Encoding(page, "text/html"),))
    one = Item(dataclasses.replace(told, resource=resource), ())
    assert not_for(one.judged, PARTNER) is None
    write(one, objects, tmp_path / "page.imscc", "ar")
    assert check(tmp_path / "page.imscc") == []
    assert page.encode() in entries(tmp_path / "page.imscc")["links/1/link.xml"]
    resource = replace(told.resource, encodings=(Encoding("lesson.docx", "application/msword"),))
    assert not_for(dataclasses.replace(told, resource=resource), PARTNER) is not None


def test_the_same_resource_gives_the_same_bytes(objects: Objects, tmp_path: Path) -> None:
    one = item(objects, ("pdf", b"%PDF-1.4\n"))
    digests = {write(one, objects, tmp_path / name, "ar") for name in ("a", "b")}
    assert len(digests) == 1


def replaced(old: str, new: str) -> Callable[[Names], None]:
    """In the manifest, the first place that a pattern fits."""

    def change(names: Names) -> None:
        text = names[MANIFEST].decode()
        changed = re.sub(old, new, text, count=1, flags=re.DOTALL)
        assert changed != text
        names[MANIFEST] = changed.encode()

    return change


def moved(names: Names) -> None:
    names["inner/imsmanifest.xml"] = names.pop(MANIFEST)


def without_a_file(names: Names) -> None:
    del names["content/1/resource.html"]


def without_a_url(names: Names) -> None:
    text = names["links/1/link.xml"].decode()
    names["links/1/link.xml"] = re.sub(r"<url [^>]*/>", "", text).encode()


def to_a_script(names: Names) -> None:
    text = names["links/1/link.xml"].decode()
    names["links/1/link.xml"] = text.replace(
        "https://example.org/a", "javascript:alert(1)"
    ).encode()


ITEM = r'<item identifier="(I_\w+_1)" identifierref="(R_\w+_1)">'
MUTATIONS: Mapping[str, tuple[str, Callable[[Names], None]]] = {
    "manifest-at-root": ("good", moved),
    "manifest-namespace": ("good", replaced("imsccv1p3/imscp_v1p1", "imsccv1p2/imscp_v1p1")),
    "manifest-parts": ("good", replaced("<resources>.*</resources>", "")),
    "no-version": ("good", replaced("<manifest ", '<manifest version="1" ')),
    "no-submanifest": ("good", replaced("</manifest>", '<manifest identifier="x"/></manifest>')),
    "schema": ("good", replaced("IMS Common Cartridge", "IMS Content")),
    "schema-version": ("good", replaced("1[.]3[.]0", "1.1.0")),
    "lom": ("good", replaced("<lomm:lom>.*</lomm:lom>", "")),
    "not-empty": ("good", replaced("<resource .*</resource>", "")),
    "no-default": ("good", replaced("<organizations>", '<organizations default="x">')),
    "one-organization": (
        "good",
        replaced(
            "</organizations>",
            '<organization identifier="x" structure="rooted-hierarchy"><item identifier="y"/>'
            "</organization></organizations>",
        ),
    ),
    "rooted-hierarchy": ("good", replaced("rooted-hierarchy", "hierarchical")),
    "one-root": ("good", replaced("</organization>", '<item identifier="x"/></organization>')),
    "root-untitled": ("good", replaced(r'(<item identifier="I_\w{24}">)', r"\1<title>x</title>")),
    "items-titled": ("good", replaced("<title>[^<]*</title>", "")),
    "no-visibility": ("good", replaced("<item ", '<item isvisible="true" ')),
    "no-parameters": ("good", replaced("<item ", '<item parameters="?a" ')),
    "leaves-only": (
        "good",
        replaced("</title>", '</title><item identifier="x"><title>x</title></item>'),
    ),
    "unique-identifiers": ("good", replaced(r'identifier="I_(\w+)_2"', r'identifier="I_\1_1"')),
    "references-resolve": ("good", replaced(r'identifierref="R_', 'identifierref="Q_')),
    "known-types": ("good", replaced('"webcontent"', '"imsqti_item_xmlv2p1"')),
    "link-has-file": ("link", replaced("<file [^>]*/>", "")),
    "link-one-file": ("link", replaced("(<file [^>]*/>)", r'\1<file href="imsmanifest.xml"/>')),
    "link-no-href": ("link", replaced("<resource ", '<resource href="links/1/link.xml" ')),
    "link-no-dependency": (
        "link",
        replaced("</resource>", '<dependency identifierref="x"/></resource>'),
    ),
    "content-has-href": ("good", replaced(' href="content/1/resource.html">', ">")),
    "dependency-not-itself": (
        "good",
        replaced(
            r'(<resource identifier="(R_\w+_1)".*?)</resource>',
            r'\1<dependency identifierref="\2"/></resource>',
        ),
    ),
    "dependencies-resolve": (
        "good",
        replaced("</resource>", '<dependency identifierref="x"/></resource>'),
    ),
    "file-once": ("good", replaced("(<file [^>]*/>)", r"\1\1")),
    "href-is-a-file": ("good", replaced('<file href="content/1/', '<file href="content/3/')),
    "files-are-there": ("good", without_a_file),
    "link-is-a-web-link": ("link", without_a_url),
    "link-leads-somewhere": ("link", to_a_script),
}


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_mutation_is_refused(rule: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    which, mutate = MUTATIONS[rule]
    names = entries(request.getfixturevalue(which))
    mutate(names)
    bad = tmp_path / "bad.imscc"
    bad.write_bytes(zipped(names))
    broken = check(bad)
    assert rule in {one.rule for one in broken}
    assert all(one.section and one.place for one in broken)


def test_each_rule_has_its_mutation() -> None:
    assert [rule.id for rule in rules()] == list(MUTATIONS)


def test_a_manifest_with_entities_is_not_even_read(good: Path, tmp_path: Path) -> None:
    names = entries(good)
    bomb = b'<?xml version="1.0"?><!DOCTYPE m [<!ENTITY a "aaaa">]><m>&a;</m>'
    bad = tmp_path / "bad.imscc"
    bad.write_bytes(zipped({**names, MANIFEST: bomb}))
    with pytest.raises(Refused) as raised:
        check(bad)
    assert raised.value.fault.code == "WASL-CONTENT-XML"
