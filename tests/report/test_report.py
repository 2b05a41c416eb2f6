"""The renderers: the same bytes whatever the order, and nothing that controls a terminal."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from wasl.messages import LANGUAGES, Language
from wasl.report import RENDERERS, Report, render
from wasl.report.text import printable
from wasl.result import Action, Change, Finding, Kind, Location, Message, Severity

FINDINGS = (
    Finding(
        "manifest",
        "jo",
        "countries/jo.yaml",
        Kind.INVALID,
        Severity.HIGH,
        property="zone",
        location=Location("countries/jo.yaml", 7),
        message=Message(
            "WASL-MANIFEST-MISSPELT-KEY", {"key": "zone", "name": "zone", "guess": "zones"}
        ),
        remedy="rename zone to zones",
    ),
    Finding("cloud", "tn", "urn:x", Kind.CHANGED, Severity.LOW, property="p", expected=1, found=2),
    Finding("cloud", "jo", "urn:y", Kind.RESIDENCY, Severity.CRITICAL, found="us-east-1"),
)
CHANGES = (Change("cloud", "jo", "urn:z", Action.UPDATE, "it differs", {"a": 1}, {"a": 2}),)


@pytest.mark.parametrize("form", RENDERERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_order_given_does_not_matter(form: str, language: Language) -> None:
    texts = {render(Report(order, CHANGES), form, language) for order in permutations(FINDINGS)}
    assert len(texts) == 1


def test_json() -> None:
    record = json.loads(render(Report(FINDINGS, CHANGES, ("a note",)), "json"))
    assert list(record) == ["version", "summary", "findings", "changes", "notes"]
    assert record["summary"] == {
        "findings": 3,
        "by_severity": {"critical": 1, "high": 1, "low": 1},
        "by_kind": {"changed": 1, "residency": 1, "invalid": 1},
        "by_country": {"jo": 2, "tn": 1},
        "changes": 1,
        "by_action": {"update": 1},
    }
    critical, high, low = record["findings"]
    assert (critical["severity"], low["severity"]) == ("critical", "low")
    assert high["text"] == "there is no key zone; did you mean zones?"
    assert high["location"] == {"file": "countries/jo.yaml", "line": 7}
    assert high["fingerprint"] == FINDINGS[0].fingerprint
    assert record["changes"][0]["action"] == "update"


def test_text() -> None:
    assert (
        render(Report(FINDINGS, CHANGES, ("a note",)), "text")
        == """\
critical jo urn:y
  residency: null → "us-east-1"

high jo countries/jo.yaml:7 zone
  there is no key zone; did you mean zones?
  → rename zone to zones

low tn urn:x p
  changed: 1 → 2

update   jo urn:z  (it differs)
    a: 1 → 2

note: a note
findings: 3 (1 critical, 1 high, 1 low); changes: 1 (1 update)
"""
    )


def test_text_in_french() -> None:
    text = render(Report(FINDINGS[:1]), "text", "fr")
    assert "vouliez-vous dire zones ?" in text
    assert "renommez zone en zones" in text


def test_nothing_to_say() -> None:
    assert render(Report(), "text") == "no findings\n"


def test_what_a_report_quotes_cannot_control_a_terminal() -> None:
    evil = Finding(
        "cloud", "jo", "urn:\x1b[2Jx\u202e", Kind.CHANGED, Severity.LOW, found="\x9b31m\n\r"
    )
    text = render(Report((evil,)), "text")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert printable("كتاب\u200cها") == "كتاب\u200cها"
