"""The renderers: the same bytes whatever the order, and nothing that controls a terminal."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from tests.report.samples import CHANGES, CHECKED, FINDINGS
from wasl.cli.arguments import FORMATS
from wasl.messages import LANGUAGES, Language
from wasl.report import RENDERERS, Report, render
from wasl.report.text import printable
from wasl.result import Finding, Kind, Message, Severity


def test_the_command_line_offers_every_renderer() -> None:
    assert tuple(RENDERERS) == FORMATS


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_given_does_not_matter(form: str, language: Language) -> None:
    texts = {render(Report(order, CHANGES), form, language) for order in permutations(FINDINGS)}
    assert len(texts) == 1


def test_json() -> None:
    record = json.loads(render(Report(FINDINGS, CHANGES, ("a note",), CHECKED), "json"))
    keys = ["version", "summary", "checked", "findings", "waived", "changes", "notes"]
    assert list(record) == keys
    assert record["summary"] == {
        "findings": 3,
        "by_severity": {"critical": 1, "high": 1, "low": 1},
        "by_kind": {"changed": 1, "residency": 1, "invalid": 1},
        "by_country": {"jo": 2, "tn": 1},
        "by_plane": {"cloud": 2, "manifest": 1},
        "waived": 0,
        "changes": 1,
        "by_action": {"update": 1},
    }
    critical, high, low = record["findings"]
    assert (critical["severity"], low["severity"]) == ("critical", "low")
    assert high["text"] == "there is no key zone; did you mean zones?"
    assert high["location"] == {"file": "countries/jo.yaml", "line": 7}
    assert high["fingerprint"] == FINDINGS[0].fingerprint
    assert record["changes"][0]["action"] == "update"
    assert [(one["plane"], one["state"]) for one in record["checked"]] == [
        ("cloud", "differs"),
        ("identity", "clean"),
    ]


def test_a_finding_comes_back_from_its_json() -> None:
    for finding in FINDINGS:
        assert Finding.from_json(json.loads(json.dumps(finding.as_json()))) == finding


def test_a_fingerprint_is_of_plane_country_target_kind_and_property_alone() -> None:
    """Pinned: waivers and alerts are known by it, so it may never change."""
    assert FINDINGS[1].fingerprint == "faae1fabe7b6949ddb762fa43bfac28b"
    other = Finding(
        "cloud",
        "tn",
        "urn:x",
        Kind.CHANGED,
        Severity.CRITICAL,
        property="p",
        found=3,
        message=Message("cloud.changed-property"),
        environment="production",
    )
    assert other.fingerprint == FINDINGS[1].fingerprint
    assert other.digest != FINDINGS[1].digest


def test_text() -> None:
    assert (
        render(Report(FINDINGS, CHANGES, ("a note",)), "text")
        == """\
critical · jo (pilot) · cloud
  urn:y
    residency: null → "us-east-1"

high · jo · manifest
  countries/jo.yaml:7 zone
    there is no key zone; did you mean zones?
    → rename zone to zones

low · tn · cloud
  urn:x p
    changed: 1 → 2

update   jo urn:z  (it differs)
    a: 1 → 2

note: a note
findings: 3 (1 critical, 1 high, 1 low); changes: 1 (1 update)
"""
    )


def test_what_has_severity_country_and_plane_in_common_stands_under_one_title() -> None:
    text = render(Report((*FINDINGS, Finding("cloud", "tn", "urn:z", *LOW))), "text")
    assert text.count("low · tn · cloud\n") == 1
    assert text.index("urn:x") < text.index("urn:z")


LOW = (Kind.MISSING, Severity.LOW)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ("vouliez-vous dire zones ?", "renommez zone en zones", "élevé · jo · manifeste")),
        ("ar", ("هل قصدت zones؟", "مرتفع · jo · ملف الوصف", "الملاحظات: 1")),
    ],
)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_people_read_their_own_language(
    language: Language, words: tuple[str, ...], form: str
) -> None:
    text = render(Report(FINDINGS[:1]), form, language)
    assert [one for one in words if one not in text] == []


def test_nothing_to_say() -> None:
    assert render(Report(), "text") == "no findings\n"


def test_what_a_report_quotes_cannot_control_a_terminal() -> None:
    evil = Finding(
        "cloud", "jo", "urn:\x1b[2Jx\u202e", Kind.CHANGED, Severity.LOW, found="\x9b31m\n\r"
    )
    text = render(Report((evil,)), "text")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert printable("كتاب\u200cها") == "كتاب\u200cها"
