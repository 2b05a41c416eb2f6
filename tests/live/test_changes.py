"""A fresh tenancy has no findings; then a hundred things happen, and each is found, and no more."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from infra.aws.catalogue import TYPES
from tests.cloud.conftest import Cli
from tests.live.changes import CHANGES
from tests.live.conftest import CODE, Country
from tests.live.tampering import Change, Hand, said
from wasl.result import Finding, Kind, Severity
from wasl.waivers import guarded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def fresh(country: Country) -> None:
    """Nothing is found after the first `up`, nor after a second."""
    checked = country.check()
    assert checked.findings == ()
    assert checked.compared == len(country.state().resources)
    country.cli.ok("up", CODE, "--yes")
    assert country.check().findings == ()


@pytest.fixture(scope="module", autouse=True)
def tampered(country: Country, fresh: None) -> None:
    """Everything has happened."""
    hand = Hand(country.writing(), country.state())
    for change in CHANGES.values():
        change.do(hand)


@pytest.fixture(scope="module")
def seen(country: Country, tampered: None) -> tuple[Finding, ...]:
    """What the check says of all that happened."""
    return country.check().findings


def test_each_change_is_found_and_nothing_else(seen: tuple[Finding, ...]) -> None:
    found = Counter(said(finding) for finding in seen)
    wanted = Counter(line for change in CHANGES.values() for line in change.found)
    assert found - wanted == Counter()
    assert wanted - found == Counter()


def test_no_pattern_may_hide_what_is_security_or_residency(seen: tuple[Finding, ...]) -> None:
    told = {said(finding): guarded(finding) for finding in seen}
    wanted = {line: change.security for change in CHANGES.values() for line in change.found}
    assert told == wanted


def test_residency_comes_first(seen: tuple[Finding, ...]) -> None:
    weights = {one.severity for one in seen if one.kind is Kind.RESIDENCY}
    assert weights == {Severity.CRITICAL}
    assert seen[0].severity is Severity.CRITICAL


def test_the_command_says_the_same(country: Country) -> None:
    report = json.loads(
        country.cli.ok("drift", CODE, "--plane", "cloud", "--format", "json", status=2)
    )
    assert len(report["findings"]) == sum(len(change.found) for change in CHANGES.values())


def test_there_are_enough_changes_and_every_service_has_one(country: Country) -> None:
    assert len(CHANGES) >= 60
    classes = {line.split()[1] for change in CHANGES.values() for line in change.found}
    services = {kind.service for kind in TYPES.values() if kind.name in classes}
    held = {TYPES[item.type].service for item in country.state().resources}
    assert held - services == set()


@pytest.mark.long
def test_the_engine_finds_each_change_of_what_it_manages(country: Country) -> None:
    """What it is blind for is written beside each change, and true."""
    cli = Cli(country.cli.home, "tests.live.driver")
    text = cli.ok(
        "drift", CODE, "--plane", "cloud", "--engine", "pulumi", "--format", "json", status=2
    )
    seen = {_place(finding) for finding in json.loads(text)["findings"]}
    missed = {name for name, change in CHANGES.items() if not _managed(change) <= seen}
    blind = {name for name, change in CHANGES.items() if change.blind and _managed(change)}
    assert missed == blind
    strangers = {name for name, change in CHANGES.items() if not _managed(change)}
    assert all(CHANGES[name].blind for name in strangers)
    hidden = {place for change in CHANGES.values() for place in _places(change, suppressed=True)}
    assert hidden
    assert hidden & seen == set()


def _managed(change: Change) -> set[str]:
    """What the engine is to see: class, name and top-level property of what the state holds."""
    return _places(change, suppressed=False)


def _places(change: Change, *, suppressed: bool) -> set[str]:
    lines = [line.split() for line in change.told or change.found]
    parts = (line[1:] for line in lines if (line[0] == "suppressed") is suppressed)
    named = ([*part, ""][:3] for part in parts if len(part) > 1 and part[1] != "region")
    return {f"{kind} {name} {_top(path)}" for kind, name, path in named}


def _place(finding: dict[str, str]) -> str:
    kind, name = finding["type"].rpartition(":")[2], finding["target"].rpartition("::")[2]
    return f"{kind} {name} {_top(finding['property'])}"


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
