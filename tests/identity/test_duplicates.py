"""People who may be in a roster twice: suggested with evidence, never merged."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from pyrage import decrypt

from integrations.identity.duplicates import FILE, Suggested, suggest
from integrations.identity.generated import Row, Size, Tables, roster, write_package
from integrations.identity.oneroster.columns import header
from integrations.identity.rejects import Rejects
from tests.identity.conftest import World
from tests.identity.support import RECIPIENT, Memory, copied, planned, whole_contract

SMALL = roster(Size(schools=2, classes=2, pupils=3))
_NAME = {"givenName": "أحمد", "middleName": "عبد الله", "familyName": "بن موسى الطراونة"}
_OTHERWISE = {"givenName": "احمد", "middleName": "عبدالله", "familyName": "الطراونه"}


def _with(*people: Row) -> Tables:
    """The small roster and those people, in the first school's first grade unless they say."""
    tables = copied(SMALL)
    tables["users"][1] |= _NAME | {"familyName": "الطراونة"}
    for number, person in enumerate(people):
        blank = {**tables["users"][1], "identifier": f"n{number}", "username": f"n{number}"}
        tables["users"].append({**blank, "sourcedId": f"N-{number}", **person})
    return tables


def _suggested(tables: Tables, held: Tables, **changes: Any) -> Suggested:
    with planned(tables, Memory.of(held), **changes) as made:
        before = made.plan.size
        store = made.plan.store
        found = suggest(store, made.roster, made.terms.contract, Rejects(store, RECIPIENT))
        assert made.plan.size == before
        return found


def test_another_spelling_of_one_name_is_suggested_with_its_evidence() -> None:
    (pair,) = _suggested(_with(_OTHERWISE), SMALL).pairs
    assert (pair.new, pair.other) == ("N-0", SMALL["users"][1]["sourcedId"])
    assert pair.evidence == ("the same name, spelled otherwise", "school", "role", "grades")


def test_it_matters_not_which_part_of_a_name_a_word_stands_in() -> None:
    parts = {"givenName": "احمد عبد", "middleName": "الله بن", "familyName": "الطراونه"}
    assert _suggested(_with(parts), SMALL).count == 1


def test_both_may_be_new_and_count_once() -> None:
    found = _suggested(_with(_OTHERWISE | {"orgSourcedIds": "s0002"}), Memory().records)  # type: ignore[arg-type]
    assert found.count == 0
    found = _suggested(_with(_OTHERWISE), {"users": []})
    assert found.count == 1


@pytest.mark.parametrize(
    "different",
    [
        {"givenName": "أحلام"},
        {"orgSourcedIds": "s0002"},
        {"role": "teacher"},
        {"grades": "9"},
        {"middleName": "", "familyName": ""},
    ],
)
def test_somebody_else_is_not_suggested(different: Row) -> None:
    assert _suggested(_with(_OTHERWISE | different), SMALL) == Suggested()


def test_who_is_there_already_is_not_looked_at_again() -> None:
    tables = _with(_OTHERWISE)
    assert _suggested(tables, tables) == Suggested()


def test_birth_dates_that_differ_speak_against_it() -> None:
    tables = _with(_OTHERWISE, _OTHERWISE)
    first = tables["users"][1]["sourcedId"]
    blank = dict.fromkeys(header("1.1", "demographics"), "")
    born = {first: "2015-03-01", "N-0": "2015-03-01", "N-1": "2016-03-01"}
    tables["demographics"] = [{**blank, "sourcedId": k, "birthDate": v} for k, v in born.items()]
    (pair,) = _suggested(tables, SMALL).pairs
    assert {pair.new, pair.other} == {first, "N-0"}
    assert pair.evidence[-1] == "birthDate"


def test_ids_that_leave_as_pseudonyms_are_those_of_the_plan() -> None:
    contract = whole_contract(users_sourcedId="pseudonym", enrollments_userSourcedId="pseudonym")
    found = _suggested(_with(_OTHERWISE), {"users": []}, contract=contract)
    assert found.count == 1
    assert {len(found.pairs[0].new), len(found.pairs[0].other)} == {32}


def test_a_plan_tells_pseudonyms_and_the_ministry_alone_reads_names(world: World) -> None:
    folder = write_package(world.root / "roster", _with(_OTHERWISE))
    status, said = world.wasl("plan", "jo", "--roster", folder)
    assert status == 2
    assert "1 pairs of people may be one person each; nobody is merged" in said
    assert "the same name, spelled otherwise, school, role, grades" in said
    assert "N-0" not in said
    assert "الطراون" not in said
    (sealed,) = world.home.rglob("*.age")
    text = bytes(decrypt(sealed.read_bytes(), [world.ministry])).decode()
    assert FILE in text
    rows = list(csv.DictReader(text.splitlines()[1:]))
    assert {row["familyName"] for row in rows} == {"الطراونة", "الطراونه"}
    assert list(Path(world.home).rglob("*.csv")) == []
