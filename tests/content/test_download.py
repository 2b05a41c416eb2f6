"""The mirror's downloads against servers that lie, break off and point inwards."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from integrations.content import web
from integrations.content.faults import Refused
from integrations.content.mirror.download import Download, Known, take_in
from integrations.content.mirror.objects import Objects
from integrations.content.model import Encoding
from integrations.content.web import Web, forbidden
from tests.content.provider import Answer, serving
from wasl.errors import WaslError

PDF = b"%PDF-1.4\n" + b"a lesson\n" * 30_000
NAME = "lesson.pdf"


@dataclass
class Server:
    """A server of one file that knows ranges and conditions; faults by number of request."""

    body: bytes = PDF
    etag: str = '"1"'
    faults: dict[int, Answer] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        asked = {name.casefold(): value for name, value in headers.items()}
        self.asked.append(asked)
        fault = self.faults.pop(len(self.asked), None)
        if fault:
            return fault
        told = {"ETag": self.etag}
        if asked.get("if-none-match") == self.etag:
            return Answer(b"", 304, told)
        if "range" in asked and asked.get("if-range") == self.etag:
            start = int(asked["range"].removeprefix("bytes=").rstrip("-"))
            total = len(self.body)
            told["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            return Answer(self.body[start:], 206, told)
        return Answer(self.body, headers=told)


@dataclass
class Bench:
    folder: Path

    @property
    def objects(self) -> Objects:
        return Objects(self.folder / "objects")

    def fetch(
        self,
        server: Server,
        name: str = NAME,
        known: Known | None = None,
        largest: int = 10_000_000,
        allow_private: bool = True,
        **declared: object,
    ) -> Known:
        client = Web(allow_private=allow_private, sleep=lambda _seconds: None)
        with serving(server) as url, client:
            download = Download(client, self.objects, self.folder / "parts", largest)
            file = Encoding(f"{url}/{name}", **declared)  # type: ignore[arg-type]
            return download.fetch(file, known)

    def leftovers(self) -> list[str]:
        return [path.name for path in (self.folder / "parts").glob("*")]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def refused(code: str, bench: Bench, server: Server, *args: object, **kwargs: object) -> None:
    with pytest.raises(Refused) as raised:
        bench.fetch(server, *args, **kwargs)  # type: ignore[arg-type]
    assert raised.value.fault.code == code
    assert list(bench.objects.all()) == []


def test_a_file_is_stored_by_its_digest(bench: Bench) -> None:
    known = bench.fetch(Server())
    assert known.stored.sha256 == hashlib.sha256(PDF).hexdigest()
    assert bench.objects.path(known.stored.sha256).read_bytes() == PDF
    assert (known.stored.kind, known.etag) == ("pdf", '"1"')
    assert bench.leftovers() == []


def test_what_is_there_is_asked_for_conditionally(bench: Bench) -> None:
    known, server = bench.fetch(Server()), Server()
    assert bench.fetch(server, known=known) == known
    assert server.asked[0]["if-none-match"] == '"1"'


def test_one_connection_asks_for_many_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connected = web._Checked.connect_tcp, []

    def counting(*arguments: Any, **named: Any) -> Any:
        connected.append(arguments)
        return connect(*arguments, **named)

    monkeypatch.setattr(web._Checked, "connect_tcp", counting)
    server = Server()
    with serving(server) as url, Web(allow_private=True) as client:
        download = Download(client, bench.objects, bench.folder / "parts", 10_000_000)
        files = [Encoding(f"{url}/{number}.pdf") for number in range(5)]
        known = [download.fetch(file) for file in files]
        assert [download.fetch(*pair) for pair in zip(files, known, strict=True)] == known
    assert ["if-none-match" in asked for asked in server.asked] == [False] * 5 + [True] * 5
    assert len(connected) == 1


def test_what_was_lost_from_the_disk_is_fetched_again(bench: Bench) -> None:
    known = bench.fetch(Server())
    bench.objects.remove(known.stored.sha256)
    server = Server()
    assert bench.fetch(server, known=known) == known
    assert "if-none-match" not in server.asked[0]


def test_a_transfer_that_breaks_off_goes_on_where_it_was(bench: Bench) -> None:
    server = Server(faults={1: Answer(PDF, headers={"ETag": '"1"'}, cut=100_000)})
    assert bench.fetch(server).stored.size == len(PDF)
    assert server.asked[1]["range"] == "bytes=100000-"


def test_a_file_that_changed_meanwhile_is_fetched_whole(bench: Bench) -> None:
    old = Answer(b"%PDF-old" * 9000, headers={"ETag": '"0"'}, cut=50_000)
    known = bench.fetch(Server(faults={1: old}))
    assert bench.objects.path(known.stored.sha256).read_bytes() == PDF


def test_a_range_that_is_not_the_one_asked_for_is_not_joined_on(bench: Bench) -> None:
    lie = Answer(b"x" * 10, 206, {"ETag": '"1"', "Content-Range": "bytes 0-9/10"})
    server = Server(faults={1: Answer(PDF, headers={"ETag": '"1"'}, cut=70_000), 2: lie})
    known = bench.fetch(server)
    assert bench.objects.path(known.stored.sha256).read_bytes() == PDF


def test_a_server_that_promises_more_than_it_sends(bench: Bench) -> None:
    short = {
        n: Answer(PDF, headers={"Content-Length": str(len(PDF) + 5), "ETag": ""}, cut=len(PDF))
        for n in range(1, 9)
    }
    refused("WASL-CONTENT-HTTP", bench, Server(faults=short))


@pytest.mark.parametrize("length", [str(len(PDF)), ""])
def test_too_large_told_or_not(bench: Bench, length: str) -> None:
    headers = {"Content-Length": length, "Connection": "close"}
    server = Server(faults={1: Answer(PDF, headers=headers)})
    refused("WASL-CONTENT-TOO-LARGE", bench, server, largest=1000)
    assert bench.leftovers() == []


def test_a_size_that_is_not_the_declared_one(bench: Bench) -> None:
    refused("WASL-CONTENT-SIZE", bench, Server(), size=5)


def test_a_checksum_that_is_not_the_declared_one(bench: Bench) -> None:
    refused("WASL-CONTENT-CHECKSUM", bench, Server(), sha256="0" * 64)


@pytest.mark.parametrize("body", [b"MZ\x90\x00 a program", b"<!doctype html><p>not found", b""])
def test_a_type_that_is_not_the_declared_one(bench: Bench, body: bytes) -> None:
    refused("WASL-CONTENT-TYPE", bench, Server(body))


def test_a_page_not_found(bench: Bench) -> None:
    refused("WASL-CONTENT-HTTP", bench, Server(faults={1: Answer(b"", 404)}))


def test_a_redirect_is_followed(bench: Bench) -> None:
    server = Server(faults={1: Answer(b"", 302, {"Location": "/elsewhere.pdf"})})
    assert bench.fetch(server).stored.kind == "pdf"


def test_redirects_without_end(bench: Bench) -> None:
    loops = {n: Answer(b"", 302, {"Location": f"/{n}.pdf"}) for n in range(1, 20)}
    refused("WASL-CONTENT-REDIRECT", bench, Server(faults=loops))


def test_a_loopback_address_is_refused(bench: Bench) -> None:
    refused("WASL-CONTENT-ADDRESS", bench, Server(), allow_private=False)


def test_a_redirect_to_an_inner_address_is_refused(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address counts as public here; the one that it points at does not."""
    real = forbidden
    monkeypatch.setattr(
        "integrations.content.web.forbidden",
        lambda address: address != "127.0.0.1" and real(address),
    )
    inner = {"Location": "http://169.254.169.254/latest/meta-data.pdf"}
    server = Server(faults={1: Answer(b"", 302, inner)})
    refused("WASL-CONTENT-ADDRESS", bench, server, allow_private=False)


@pytest.mark.parametrize(
    ("address", "refuse"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("169.254.169.254", True),
        ("192.168.0.1", True),
        ("100.64.0.1", True),
        ("0.0.0.0", True),  # noqa: S104 - refused, not bound
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fc00::1", True),
        ("::ffff:10.0.0.1", True),
        ("2002:0a00:0001::", True),
        ("224.0.0.1", True),
        ("64:ff9b::7f00:1", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("64:ff9b:1::7f00:1", True),
        ("::127.0.0.1", True),
        ("::ffff:0:127.0.0.1", True),
        ("ff02::1", True),
        ("64:ff9b::808:808", False),
        ("8.8.8.8", False),
        ("2606:4700::1111", False),
    ],
)
def test_addresses(address: str, refuse: bool) -> None:
    assert forbidden(address) is refuse


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/x.pdf", "http://u:p@a.example/"]
)
def test_other_schemes_and_passwords_are_refused(tmp_path: Path, url: str) -> None:
    with Web() as web, pytest.raises(Refused):
        Download(web, Objects(tmp_path), tmp_path / "parts", 10).fetch(Encoding(url))


def test_a_full_disk_ends_in_an_error_and_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.content.mirror.download._RESERVE", 1 << 60)
    with pytest.raises(WaslError) as raised:
        bench.fetch(Server())
    assert raised.value.code == "WASL-DISK-FULL"
    assert list(bench.objects.all()) == []


def zipped(entries: Mapping[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return memory.getvalue()


PAGE = "<!doctype html><html lang=ar dir=rtl><title>درس</title><p>نص</p></html>".encode()


XHTML = b"""<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:h="http://www.w3.org/1999/xhtml">
<head><title>a</title></head><body><p>a&nbsp;b</p>%s</body></html>"""
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
xmlns:s="http://www.w3.org/2000/svg"><a xlink:href="https://ok.example"/>%s</svg>"""
CONTAINER = b"""<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>
"""
BOOK = {
    "mimetype": b"application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "book.opf": b"<package/>",
    "toc.ncx": b"<ncx/>",
    "a/1.xhtml": XHTML % b"<p><a href='https://ok.example'>a</a></p>",
    "a/cover.svg": SVG % b"<image xlink:href='cover.jpg'/>",
    "a/cover.jpg": b"x",
    "a/book.css": b"/* (http://ok.example) */ @namespace h 'http://www.w3.org/1999/xhtml';"
    b"@font-face{src:url(a.woff)} a:before{content:'\\201C /*'} b{background:url(b.png)}",
}
"""A book as they are made, with all that an honest one has."""


def local(tmp_path: Path, name: str, data: bytes) -> tuple[Objects, Path, Encoding]:
    path = tmp_path / name
    path.write_bytes(data)
    return Objects(tmp_path / "objects"), path, Encoding(name)


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ({"index.html": PAGE, "../../evil.sh": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "/etc/passwd": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "a\\b": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "CON.txt": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "x\u202egnp.exe": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "Index.HTML": PAGE}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "a/e\u0301.png": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "a/صورة\u200f.png": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "ص" * 126 + ".png": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "a.png": b"x", "A.png/b.png": b"x"}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "a.png": b"x", "a.png/": b""}, "WASL-CONTENT-ZIP-NAME"),
        ({"index.html": PAGE, "zeros": bytes(60_000_000)}, "WASL-CONTENT-ZIP-BOMB"),
        ({"index.html": PAGE, "app.js": b"x"}, "WASL-CONTENT-ZIP-KIND"),
        ({"index.html": PAGE, "page": b"<script>x</script>"}, "WASL-CONTENT-ZIP-KIND"),
        ({"index.html": b"<!doctype html><script>x</script>"}, "WASL-CONTENT-ACTIVE-HTML"),
        ({"index.html": PAGE, "a.XHT": XHTML % b"<script/>"}, "WASL-CONTENT-ACTIVE-HTML"),
        ({"index.html": PAGE, "a.svg": SVG % b"<script/>"}, "WASL-CONTENT-ACTIVE-HTML"),
        ({"index.html": PAGE, "a.css": b"@import url(http://evil)"}, "WASL-CONTENT-ACTIVE-HTML"),
        (
            {"index.html": PAGE, "a.html": random.Random(1).randbytes(20_000_001)},
            "WASL-CONTENT-TOO-LARGE",
        ),
        ({"readme.txt": b"x"}, "WASL-CONTENT-TYPE"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, entries: dict[str, bytes], code: str) -> None:
    objects, path, file = local(tmp_path, "lesson.zip", zipped(entries))
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    assert raised.value.fault.code == code
    assert list(objects.all()) == []


def test_a_good_archive(tmp_path: Path) -> None:
    objects, path, file = local(
        tmp_path, "lesson.zip", zipped({"index.html": PAGE, "a/": b"", "a/صورة.png": b"x"})
    )
    assert take_in(objects, path, file, 10**9).kind == "html5"


def test_a_page_after_many_comments_is_told_at_once(tmp_path: Path) -> None:
    """What is no page after all is told in as many steps as it has comments."""
    objects, path, file = local(tmp_path, "a.html", b"<!-- a -->\n" * 370 + b"<head>")
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    assert raised.value.fault.code == "WASL-CONTENT-TYPE"
    path.write_bytes(b"<!-- a -->\n" * 30 + PAGE)
    assert take_in(objects, path, file, 10**9).kind == "html"


def test_a_good_book(tmp_path: Path) -> None:
    objects, path, file = local(tmp_path, "book.epub", zipped(BOOK))
    assert take_in(objects, path, file, 10**9).kind == "epub"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a/1.xhtml", XHTML % b"<script>fetch('x')</script>"),
        ("a/1.xhtml", XHTML % b"<h:script>x</h:script>"),
        ("a/1.xhtml", XHTML % b"<style><h:script>x</h:script></style>"),
        ("a/1.html", XHTML % b"<style><script>x</script></style>"),
        ("a/1.xhtml", XHTML % b"<p onclick='x'/>"),
        ("a/1.xhtml", (XHTML % b"").replace(b'"xhtml11.dtd">', b'"x" [<!ENTITY x "y">]>')),
        (
            "a/1.xhtml",
            (XHTML % b"").replace(b'"xhtml11.dtd">', b'"x" [<!ATTLIST p onclick CDATA "x">]>'),
        ),
        ("a/1.xhtml", (XHTML % b"").replace(b"?>", b"?><?xml-stylesheet href='x.xsl'?>", 1)),
        ("a/cover.svg", SVG % b"<s:script/>"),
        ("a/cover.svg", SVG % b"<image xlink:href='http://evil.example/x.png'/>"),
        ("a/cover.svg", SVG % b"<image href='https:evil.example/x.png'/>"),
        ("a/cover.svg", SVG % b"<a><set attributeName='xlink:href' to='javascript:x'/></a>"),
        ("a/cover.svg", SVG % b"<rect fill='url(http://evil.example/x.svg#a)'/>"),
        ("a/book.css", b"a{background:url('//evil.example/x.png')}"),
        ("a/book.css", b"a{background:url( https:evil.example/x.png)}"),
        ("a/book.css", b"a{background:u\\72l(http://evil.example/x.png)}"),
        ("a/book.css", b"a{background:url(\\68ttp://evil.example/x.png)}"),
        ("a/book.css", b"a{background:url('ht\\\ntp://evil.example/x.png')}"),
        ("a/book.css", b"@im\\port 'x.css'"),
        ("a/book.css", b"a{content:'/*';background:url(http://evil.example/x);color:'*/'}"),
        ("a/book.css", b"a{background:image-set('//evil.example/x.png' 1x)}"),
        ("a/book.css", "@import 'x.css'".encode("utf-16")),
    ],
)
def test_active_books_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    objects, path, file = local(tmp_path, "book.epub", zipped({**BOOK, name: data}))
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    assert raised.value.fault.code == "WASL-CONTENT-ACTIVE-HTML"


def test_a_page_of_a_book_that_is_no_xml_is_refused(tmp_path: Path) -> None:
    book = zipped({**BOOK, "a/1.xhtml": XHTML % b"<p>"})
    objects, path, file = local(tmp_path, "book.epub", book)
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    assert raised.value.fault.code == "WASL-CONTENT-BROKEN-HTML"


@pytest.mark.parametrize("name", ["index.html", "picture.png"])
def test_a_damaged_part_is_told(tmp_path: Path, name: str) -> None:
    whole = zipped({"index.html": PAGE, "picture.png": random.Random(1).randbytes(99)})
    at = whole.index(name.encode()) + len(name) + 5
    damaged = whole[:at] + bytes(byte ^ 0x55 for byte in whole[at : at + 20]) + whole[at + 20 :]
    objects, path, file = local(tmp_path, "lesson.zip", damaged)
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    assert raised.value.fault.code == "WASL-CONTENT-ZIP-BROKEN"


@pytest.mark.parametrize(
    "html",
    [
        b"<script>x()</script>",
        b"<p onclick=x()>a</p>",
        b"<a href='  JaVaScript:x()'>a</a>",
        b"<iframe src=x></iframe>",
        b"<img src=//evil.example/x.png>",
        b"<img srcset='a.png 1x, https://evil.example/x 2x'>",
        b"<meta http-equiv=refresh content='0;url=x'>",
        b"<link rel=stylesheet href=https://evil.example/x.css>",
        b"<style>@import url(x)</style>",
        b"<form action=x></form>",
        b"<a href='data:text/html,x'>a</a>",
        b"<svg><script>x</script></svg>",
        b"<object data=x></object>",
        b"<base href=https://evil.example/>",
        b"<p style='background:u\\72l(http://evil.example/x)'>a</p>",
        b"<p style='background:url(/\\\\evil.example/x)'>a</p>",
        b"<svg><use href='//evil.example/x.svg#a'></use></svg>",
        b"<a href='java\tscript:x()'>a</a>",
        b"<a href='" + b" " * 5000 + b"javascript:x()'>a</a>",
        b"<img src='/\\evil.example/x.png'>",
        b"<link rel=preload as=image imagesrcset='https://evil.example/x 1x'>",
        b"<svg><style><img src=x onerror=x()></style></svg>",
        b"<math><style><img src=x onerror=x()></style></math>",
        b"<svg><style><!--</style><img title='--><img src=x onerror=x()>'>",
        b"<svg><title><img src=x onerror=x()></title></svg>",
        b"<noscript><p title='</noscript><script>x()</script>'></noscript>",
    ],
)
def test_active_html_is_refused(tmp_path: Path, html: bytes) -> None:
    assert why_refused(tmp_path, html) == "WASL-CONTENT-ACTIVE-HTML"


def why_refused(tmp_path: Path, html: bytes) -> str:
    objects, path, file = local(tmp_path, "a.html", b"<!doctype html><html>" + html)
    with pytest.raises(Refused) as raised:
        take_in(objects, path, file, 10**9)
    return raised.value.fault.code


@pytest.mark.parametrize(
    "html",
    [
        b"<div>" * 260 + b"<script>x()</script>",
        b"<meta charset=utf-16><script>x()</script>",
        b"<meta charset=ibm037><script>x()</script>",
    ],
)
def test_a_page_that_is_not_read_to_its_end_is_refused(tmp_path: Path, html: bytes) -> None:
    refused = ("WASL-CONTENT-BROKEN-HTML", "WASL-CONTENT-ACTIVE-HTML")
    assert why_refused(tmp_path, html) in refused


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1256", "utf-16"])
def test_pages_of_any_encoding_pass(tmp_path: Path, encoding: str) -> None:
    text = f"<!doctype html><html><meta charset={encoding}><p>درس <svg><style>"
    text += "<![CDATA[ a > b {} ]]></style><title>a</title></svg>"
    entries = {"index.html": PAGE, "a.html": text.encode(encoding)}
    objects, path, file = local(tmp_path, "lesson.zip", zipped(entries))
    assert take_in(objects, path, file, 10**9).kind == "html5"


def test_passive_html_passes(tmp_path: Path) -> None:
    body = PAGE + (
        b"<a href='https://ok.example'>a</a><img src=x.png><style><!-- p{color:red} --></style>"
        b"<img src='data:image/jpeg;base64,AA,//8='><p title='f(x) javascript: (http://a)'>a</p>"
    )
    objects, path, file = local(tmp_path, "a.html", body)
    assert take_in(objects, path, file, 10**9).kind == "html"


@pytest.fixture(autouse=True)
def _no_leftovers(tmp_path: Path) -> Iterator[None]:
    yield
    assert not list(tmp_path.rglob(".new-*"))
