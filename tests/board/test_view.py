"""What is shown of facts: standings, sums that say "at least", indicators with their parts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.board.sample import Programme
from wasl.board.facts import Standing, Verdict
from wasl.board.view import Board, Country, board
from wasl.planes.facts import facts
from wasl.result import Kind, PlaneName

MADE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def made(tmp_path: Path) -> Programme:
    return Programme.new(tmp_path)


def seen(made: Programme) -> Board:
    return board(facts(made.root, made.home, {}), MADE)


def country(made: Programme, code: str = "jo") -> Country:
    return next(one for one in seen(made).countries if one.code == code)


def standing(made: Programme, plane: PlaneName) -> Standing:
    return next(one.standing for one in country(made).planes if one.name == plane)


def test_where_nothing_was_begun_there_is_nothing_and_nothing_is_unknown(made: Programme) -> None:
    shown = seen(made)
    assert shown.at_work == 0
    assert {number.value for number in country(made).figures.values()} == {0, None}
    assert shown.totals["learners"].value == 0
    assert shown.totals["findings"].how == "unknown"  # nobody checked


def test_a_tenancy_stands_by_its_last_run(made: Programme) -> None:
    made.up("jo")
    assert standing(made, "cloud") is Standing.IN_PLACE
    made.up("jo", manifest="0" * 64)
    assert standing(made, "cloud") is Standing.UNDER_WAY
    made.fail("cloud", "jo", "up")
    assert standing(made, "cloud") is Standing.FAILED
    with made.journal("cloud", "jo").unit("destroy", "jo"):
        pass
    assert standing(made, "cloud") is Standing.NONE


def test_a_tenancy_whose_protection_was_lifted_is_under_way(made: Programme) -> None:
    made.up("jo", manifest=None)
    assert standing(made, "cloud") is Standing.UNDER_WAY


def test_a_run_that_was_cut_off_is_no_success(made: Programme) -> None:
    made.up("jo")
    made.cut_off("cloud", "jo", "up")
    assert standing(made, "cloud") is Standing.FAILED


def test_a_roster_that_was_partly_refused_is_under_way_and_its_people_unknown(
    made: Programme,
) -> None:
    journal = made.journal("identity", "jo")
    with journal.unit("identity.plan", "classera") as outcome:
        journal.note("identity.reached", "classera", learners=50, teachers=9, unconfirmed=1)
        outcome.update(rejected=1)
    assert standing(made, "identity") is Standing.UNDER_WAY
    assert country(made).figures["learners"].how == "unknown"


def test_few_people_are_hidden_and_a_sum_says_at_least(made: Programme) -> None:
    made.roster("jo", learners=3, teachers=1, schools=1)
    made.roster("tn", learners=40, teachers=6, schools=2)
    shown = country(made).figures
    assert (shown["learners"].how, shown["learners"].value) == ("hidden", None)
    assert shown["schools"].value == 1
    total = seen(made).totals["learners"]
    assert (total.how, total.value) == ("at-least", 40)


def test_a_number_that_anyone_can_divide_back_is_not_shown(made: Programme) -> None:
    made.roster("jo", learners=100, teachers=6, schools=2)
    made.devices("jo", "zarqa-1", "handover", 3)
    computers, learners = country(made).indicators
    assert learners.value.how == "hidden"
    assert learners.parts is None
    assert (computers.value.value, computers.parts) == (1.0, (1, 1))


def test_learners_per_device_with_both_parts_their_evidence_and_time(made: Programme) -> None:
    made.roster("jo", learners=100, teachers=6, schools=2)
    made.devices("jo", "zarqa-1", "handover", 8)
    _, learners = country(made).indicators
    assert (learners.value.value, learners.parts) == (12.5, (100, 8))
    assert len(learners.value.evidence) == 2
    assert learners.time


def test_a_check_that_could_not_read_is_never_clean(made: Programme) -> None:
    made.checked("cloud", "jo", "high", kind=Kind.UNREADABLE)
    path = made.home / "checks/content/jo.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    states = {plane.name: plane.drift.state for plane in country(made).planes}
    assert states["cloud"] is states["content"] is Verdict.UNREADABLE
    assert states["devices"] is Verdict.NEVER


def test_evidence_is_numbered_once_and_its_digests_are_the_files(made: Programme) -> None:
    made.up("jo")
    shown = seen(made)
    numbers = [one.number for one in shown.exhibits]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len({(one.country, one.evidence) for one in shown.exhibits}) == len(numbers)
    assert {one.evidence.digest for one in shown.exhibits} >= {made.digest("jo")}
