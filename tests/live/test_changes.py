"""A fresh tenancy has no findings; then a hundred things happen, and each is found, and no more."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from infra.aws.catalogue import TYPES
from tests.live.changes import CHANGES
from tests.live.conftest import CODE, Country
from tests.live.tampering import Hand, said

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


def test_each_change_is_found_and_nothing_else(country: Country) -> None:
    found = Counter(said(finding) for finding in country.check().findings)
    wanted = Counter(line for change in CHANGES.values() for line in change.found)
    assert found - wanted == Counter()
    assert wanted - found == Counter()


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
    text = country.cli.ok(
        "drift", CODE, "--plane", "cloud", "--engine", "pulumi", "--format", "json", status=2
    )
    seen = {_place(finding) for finding in json.loads(text)["findings"]}
    missed = {name for name, change in CHANGES.items() if not _all(change.found) <= seen}
    assert missed == {name for name, change in CHANGES.items() if change.blind}


def _all(lines: tuple[str, ...]) -> set[str]:
    """Class and name of what is managed; what is not has its class alone."""
    return {" ".join(line.split()[1:3]) for line in lines}


def _place(finding: dict[str, str]) -> str:
    return f"{finding['type'].rpartition(':')[2]} {finding['target'].rpartition('::')[2]}"
