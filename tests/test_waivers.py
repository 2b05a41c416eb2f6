"""Waivers: what they cover, what they never do, and when they themselves are findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from wasl.manifest.problems import ManifestError
from wasl.messages import LANGUAGES, next_step, say
from wasl.result import WITHHELD, Checked, Finding, Kind, Location, Severity, exit_code
from wasl.waivers import Judged, guarded, judge, read

TODAY = date(2026, 3, 1)
TAG = Finding(
    "cloud",
    "jo",
    "urn::queue",
    Kind.CHANGED,
    Severity.LOW,
    type="aws:sqs/queue:Queue",
    property="tags.team",
    found="x",
)
DOOR = replace(TAG, target="urn::door", severity=Severity.CRITICAL, property="ingress", found=[22])
ABROAD = replace(TAG, target="urn::copy", kind=Kind.RESIDENCY, severity=Severity.LOW)
RULE = replace(TAG, plane="policy", target="urn::rule", kind=Kind.POLICY, severity=Severity.LOW)
UNREAD = replace(TAG, target="urn::unread", kind=Kind.UNREADABLE, severity=Severity.LOW)


def waiver(finding: Finding, **changes: Any) -> dict[str, Any]:
    made = {
        "plane": finding.plane,
        "country": finding.country,
        "fingerprint": finding.fingerprint,
        "found": [finding.digest],
        "reason": "the ministry's own label",
        "owner": "operations",
        "expires": "2026-03-01",
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def pattern(finding: Finding, country: str = "jo", **globs: str) -> dict[str, Any]:
    return waiver(finding, country=country, fingerprint=None, pattern=globs)


@pytest.fixture
def judged(tmp_path: Path) -> Any:
    def judge_(
        *waivers: dict[str, Any], findings: tuple[Finding, ...] = (TAG,), **more: Any
    ) -> Judged:
        text = yaml.safe_dump({"version": 1, "waivers": list(waivers)})
        (tmp_path / "waivers.yaml").write_text(text, "utf-8")
        checks = more.pop("checks", [Checked("cloud", "jo", findings=findings)])
        return judge(read(tmp_path), checks, more.pop("today", TODAY), **more)

    return judge_


def codes(found: Judged) -> list[str]:
    return [one.message.id for one in found.void if one.message]


def test_without_the_file_nothing_is_waived(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


def test_a_fingerprint_waives_one_finding(judged: Any) -> None:
    found = judged(waiver(TAG), findings=(TAG, DOOR))
    assert found.findings == (DOOR,)
    assert [(one.finding, one.owner) for one in found.waived] == [(TAG, "operations")]


def test_a_clean_check_after_waiving_is_clean(judged: Any) -> None:
    found = judged(waiver(TAG))
    assert found.checks[0].state == "clean"
    assert exit_code(found.findings) == 0


def test_a_changed_value_opens_it_again(judged: Any) -> None:
    changed = replace(TAG, found="y")
    found = judged(waiver(TAG), findings=(changed,))
    assert found.checks[0].findings == (changed,)
    assert codes(found) == ["WASL-WAIVER-CHANGED"]
    both = judged(waiver(TAG, found=[TAG.digest, changed.digest]), findings=(changed,))
    assert both.findings == ()


def test_what_quotes_no_value_is_known_by_its_words() -> None:
    from wasl.result import Message

    one = replace(TAG, found=None, message=Message("cloud.missing", {"name": "a"}))
    other = replace(TAG, found=None, message=Message("cloud.missing", {"name": "b"}))
    assert one.digest != other.digest


@pytest.mark.parametrize("found", [WITHHELD, {"a": 1, "authToken": WITHHELD}, [{"x": WITHHELD}]])
def test_what_is_not_shown_is_not_waived(judged: Any, found: Any) -> None:
    """Every later value would have the same digest."""
    hidden = replace(TAG, found=found)
    told = judged(waiver(hidden), findings=(hidden,))
    assert told.checks[0].findings == (hidden,)
    assert codes(told) == ["WASL-WAIVER-WITHHELD"]
    told = judged(pattern(hidden, property="tags.*"), findings=(hidden,))
    assert told.checks[0].findings == (hidden,)


def test_it_holds_on_its_last_day_and_is_a_finding_after_it(judged: Any) -> None:
    assert judged(waiver(TAG)).findings == ()
    found = judged(waiver(TAG), today=date(2026, 3, 2))
    assert found.checks[0].findings == (TAG,)
    (void,) = found.void
    assert (void.kind, void.severity) == (Kind.WAIVER, Severity.MEDIUM)
    assert void.location == Location("waivers.yaml", 3)
    assert codes(found) == ["WASL-WAIVER-EXPIRED"]


def test_an_unused_one_is_a_finding_where_its_plane_was_read(judged: Any) -> None:
    assert codes(judged(waiver(TAG), findings=())) == ["WASL-WAIVER-UNUSED"]
    elsewhere = [Checked("content", "jo"), Checked("cloud", "tn")]
    assert codes(judged(waiver(TAG), checks=elsewhere)) == []
    unread = [Checked("cloud", "jo", findings=(UNREAD,))]
    assert codes(judged(waiver(TAG), checks=unread)) == []


def test_one_for_every_country_is_unused_only_where_every_country_was_read(judged: Any) -> None:
    everywhere = pattern(TAG, "*", property="tags.*")
    units = [("cloud", "jo"), ("cloud", "tn"), ("content", "tn")]
    some = [Checked("cloud", "jo")]
    assert codes(judged(everywhere, checks=some, described=units)) == []
    every = [*some, Checked("cloud", "tn")]
    assert codes(judged(everywhere, checks=every, described=units)) == ["WASL-WAIVER-UNUSED"]


@pytest.mark.parametrize(
    ("globs", "matches"),
    [
        ({"property": "tags.*"}, True),
        ({"property": "tags"}, False),
        ({"type": "aws:sqs/*", "kind": "changed"}, True),
        ({"type": "aws:sqs/*", "kind": "missing"}, False),
        ({"target": "*queue"}, True),
        ({"target": "urn::q[a-z]*"}, False),
    ],
)
def test_patterns(judged: Any, globs: dict[str, str], matches: bool) -> None:
    assert bool(judged(pattern(TAG, **globs)).waived) is matches


@pytest.mark.parametrize("finding", [DOOR, ABROAD, RULE], ids=lambda one: one.kind.value)
def test_a_pattern_never_matches_security_or_residency(judged: Any, finding: Finding) -> None:
    assert guarded(finding)
    found = judged(pattern(finding, target="*"), findings=(finding,))
    assert found.checks[0].findings == (finding,)
    assert codes(found) == ["WASL-WAIVER-GUARDED"]
    assert judged(waiver(finding), findings=(finding,)).findings == ()


@pytest.mark.parametrize("severity", [Severity.CRITICAL, Severity.HIGH])
def test_whatever_weighs_much_is_security(severity: Severity) -> None:
    assert guarded(replace(TAG, severity=severity))
    assert not guarded(replace(TAG, severity=Severity.MEDIUM))


def test_what_could_not_be_read_is_never_waived(judged: Any) -> None:
    for one in (waiver(UNREAD), pattern(UNREAD, target="*")):
        assert judged(one, findings=(UNREAD,)).findings == (UNREAD,)


def test_two_on_one_line_are_two(tmp_path: Path) -> None:
    import json

    both = {"version": 1, "waivers": [waiver(TAG), waiver(DOOR)]}
    (tmp_path / "waivers.yaml").write_text(json.dumps(both), "utf-8")
    found = judge(read(tmp_path), [Checked("cloud", "jo", findings=(TAG,))], TODAY)
    assert codes(found) == ["WASL-WAIVER-UNUSED"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fingerprint": None}, "either a fingerprint or a pattern"),
        ({"pattern": {"target": "*"}}, "either a fingerprint or a pattern"),
        ({"fingerprint": None, "pattern": {}}, "match everything"),
        ({"country": "*"}, "name it"),
        ({"reason": None}, "reason"),
        ({"owner": None}, "owner"),
        ({"expires": None}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"found": []}, "found"),
        ({"plane": "everything"}, "plane"),
    ],
)
def test_what_cannot_be_meant(judged: Any, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ManifestError, match=words):
        judged(waiver(TAG, **changes))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_void_waiver_says_whose_it_is_and_what_to_do(judged: Any, language: Any) -> None:
    (void,) = judged(waiver(TAG), findings=()).void
    assert void.message
    assert "operations" in say(void.message, language)
    assert "waivers.yaml" in next_step(void, language)
