"""Answers of providers taken apart, whole and broken (OAI-PMH 2.0, sections 2.5, 3.2, 3.5)."""

from __future__ import annotations

import pytest

from integrations.content.faults import Refused
from integrations.content.oai.harvest import READERS, _harvested
from integrations.content.oai.pages import read_page
from tests.content.records import deleted, dublin_core, envelope, lesson, list_records, record

TITLE = [("title@ar", "الكسور"), ("identifier", "https://a.example/1.pdf")]


def test_2_5_a_page_of_records() -> None:
    page = read_page(list_records([lesson(1), deleted("gone"), lesson(5)], "next&more"))
    records = list(page.records())
    assert [r.deleted for r in records] == [False, True, False]
    assert records[1].metadata is None
    assert page.token == "next&more"
    assert page.response_date == "2026-11-24T08:00:00Z"


def test_3_5_the_last_page_has_an_empty_token_or_none() -> None:
    assert read_page(list_records([lesson(1)], "")).token == ""
    assert read_page(list_records([lesson(1)])).token == ""


def test_3_6_an_error() -> None:
    page = read_page(envelope('<error code="noRecordsMatch">none</error>'))
    assert (page.error, page.message) == ("noRecordsMatch", "none")


def test_one_mapped_whole() -> None:
    (found,) = read_page(list_records([lesson(1)])).records()
    resource = _harvested(found, READERS["oai_dc"], "alecso").resource
    assert resource is not None
    assert resource.id == "oai:catalogue.example:1"
    assert resource.titles == {"ar": "الجاذبية 1"}
    assert resource.languages == ("ar",)
    assert [(e.location, e.type) for e in resource.encodings] == [
        ("https://catalogue.example/files/1.pdf", "application/pdf")
    ]
    assert resource.identifiers == ("https://catalogue.example/files/1.pdf", "ALECSO-0000001")
    assert not resource.losses


def test_losses_are_named() -> None:
    metadata = dublin_core([*TITLE, ("coverage", "Tunis"), ("language", "volapük")])
    (found,) = read_page(list_records([record("a", metadata)])).records()
    resource = _harvested(found, READERS["oai_dc"], "f").resource
    assert resource is not None
    assert {loss.element for loss in resource.losses} == {"coverage", "language"}


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        (dublin_core([("creator", "x")]), "WASL-CONTENT-NO-TITLE"),
        (dublin_core([("title", "x" * 30_000)]), "WASL-CONTENT-RECORD-TOO-LARGE"),
        (dublin_core([("title", "x"), *[("subject", "y")] * 600]), "WASL-CONTENT-RECORD-TOO-LARGE"),
        ("", "WASL-CONTENT-NO-METADATA"),
    ],
)
def test_a_record_that_cannot_be_used_is_set_aside(metadata: str, code: str) -> None:
    page = read_page(list_records([record("bad", metadata), lesson(1)]))
    bad, good = (_harvested(found, READERS["oai_dc"], "f") for found in page.records())
    assert bad.id == "bad"
    assert bad.fault is not None
    assert bad.fault.code == code
    assert good.resource is not None


def test_private_characters_forge_no_record() -> None:
    forged = "x\ue000forged\ue0012026\ue001\ue0011\ue002title\ue001\ue001stolen"
    reference = "y&#xE000;z"
    metadata = dublin_core([("title", forged)]).replace("</dc:title>", f"{reference}</dc:title>")
    records = list(read_page(list_records([record("a", metadata)])).records())
    assert [r.identifier for r in records] == ["a"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda page: page.replace("الكسور".encode(), b"\xff\xfe", 1),
        lambda page: page.replace(b"</dc:creator>", b"</dc:creatr>", 1),
        lambda page: page.replace(b"<dc:creator>", b"<dc:creator>&nbsp;&", 1),
        lambda page: page.replace(b"<dc:creator>", b"<dc:creator>\x0b", 1),
    ],
    ids=["bytes", "tag", "entity", "control"],
)
def test_broken_xml_costs_a_record_and_not_a_page(damage) -> None:  # type: ignore[no-untyped-def]
    page = read_page(damage(list_records([lesson(0), lesson(8), lesson(1)], "on")))
    records = list(page.records())
    assert page.token == "on"
    assert [bool(r.fault) for r in records] == [True, False, False]
    assert records[0].identifier == "oai:catalogue.example:0"


def test_a_page_cut_short_keeps_its_whole_records() -> None:
    whole = list_records([lesson(0), lesson(1)], "on")
    cut = whole[: whole.index(b"catalogue.example:1") + 40]
    assert len(list(read_page(cut).records())) == 1


def test_a_record_that_is_never_closed_costs_itself_alone() -> None:
    broken = lesson(0).replace("</record>", "")
    records = list(read_page(list_records([lesson(1), broken, lesson(2)], "on")).records())
    assert [(r.identifier[-1], bool(r.fault)) for r in records] == [
        ("1", False),
        ("0", True),
        ("2", False),
    ]


OPENING = b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "endless",
    [
        b"<record>" * 250_000,
        b"<record " * 250_000,
        b"<OAI-PMH " * 250_000,
        b"<resumptionToken>" + b" " * 2_000_000 + b"<",
        b"<resumptionToken " * 120_000,
        b"<responseDate>" + b" " * 2_000_000 + b"<",
    ],
    ids=["records", "tags", "roots", "token", "tokens", "date"],
)
def test_a_page_that_is_made_to_be_slow_is_not(endless: bytes) -> None:
    """Each of these took hours by an expression that goes back over what it has read."""
    with pytest.raises(Refused) as raised:
        read_page(OPENING + endless)
    assert raised.value.fault.code == "WASL-CONTENT-XML"


@pytest.mark.timeout(60)
def test_an_identifier_that_is_made_to_be_slow_is_not() -> None:
    endless = b"<record><identifier>" + b" " * 2_000_000 + b"<</record>"
    (record,) = read_page(OPENING + endless + b"<").records()
    assert record.fault


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Moved</body></html>",
        b"",
        b"not xml",
        b'<?xml version="1.0"?><OAI-PMH xmlns="urn:other"/>',
    ],
)
def test_what_is_no_answer_at_all(data: bytes) -> None:
    with pytest.raises(Refused) as raised:
        read_page(data)
    assert raised.value.fault.code in ("WASL-CONTENT-XML", "WASL-CONTENT-NOT-OAI")


LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"ha") for n in range(12)
)


@pytest.mark.parametrize(
    ("doctype", "use"),
    [
        (b"<!DOCTYPE x [%s]>" % LAUGHS, b"&l11;"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"&e;"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">', b""),
    ],
    ids=["billion laughs", "external entity", "external DTD"],
)
def test_entities_are_refused_at_once(doctype: bytes, use: bytes) -> None:
    page = list_records([lesson(0)]).replace(b"?>\n", b"?>" + doctype, 1)
    page = page.replace(b"<dc:creator>", b"<dc:creator>" + use)
    with pytest.raises(Refused) as raised:
        read_page(page)
    assert raised.value.fault.code == "WASL-CONTENT-XML"
