"""Counts under five: not shown, and not to be found by anyone who can add and subtract."""

from __future__ import annotations

import random
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from wasl.board.protect import LIMIT, Table, protect

Cells = dict[tuple[str, str], int]


def table(*rows: list[int]) -> Cells:
    return {(f"r{r}", f"c{c}"): count for r, row in enumerate(rows) for c, count in enumerate(row)}


def possible(cells: Cells, shown: Table) -> dict[tuple[str, str], set[int]]:
    """By trying: values of each hidden cell, near its own, that agree with all that is shown."""
    hidden = [place for place, count in shown.cells.items() if count is None]
    found: dict[tuple[str, str], set[int]] = {place: set() for place in hidden}
    near = [range(max(1, cells[place] - 2), cells[place] + 3) for place in hidden]
    for guess in product(*near):
        whole = {**cells, **dict(zip(hidden, guess, strict=True))}
        if agrees(whole, shown):
            for place in hidden:
                found[place].add(whole[place])
    return found


def agrees(cells: Cells, shown: Table) -> bool:
    def added(where: int, name: str) -> int:
        return sum(count for place, count in cells.items() if place[where] == name)

    sums = [(shown.total, sum(cells.values()))]
    sums += [(shown.rows[name], added(0, name)) for name in shown.rows]
    sums += [(shown.columns[name], added(1, name)) for name in shown.columns]
    return all(said is None or said == really for said, really in sums)


def test_large_counts_and_noughts_are_shown_as_they_are() -> None:
    shown = protect(table([5, 0], [12, 7]))
    assert shown.cells == table([5, 0], [12, 7])
    assert (shown.rows, shown.columns) == ({"r0": 5, "r1": 19}, {"c0": 17, "c1": 7})
    assert shown.total == 24


def test_an_empty_table_has_nothing_in_it() -> None:
    assert protect({}) == Table({}, {}, {}, 0)


def test_three_devices_at_one_school_are_nowhere_to_be_seen() -> None:
    shown = protect(table([3]))
    assert [shown.cells["r0", "c0"], shown.rows["r0"], shown.columns["c0"], shown.total] == [
        None
    ] * 4


@pytest.mark.parametrize(
    "rows",
    [
        ([2, 30], [40, 50]),  # a single small one: three more cells must go with it
        ([1, 1], [20, 20]),  # a row that sums to two says that both are one
        ([3, 40, 0], [0, 60, 70]),
        ([3, 0], [0, 60]),  # the small one is alone in its row and column
    ],
)
def test_a_small_count_cannot_be_found_by_subtraction(rows: tuple[list[int], ...]) -> None:
    cells = table(*rows)
    shown = protect(cells)
    for place, count in cells.items():
        assert shown.cells[place] != count or not 0 < count < LIMIT
    assert all(len(values) > 1 for values in possible(cells, shown).values())


@settings(max_examples=100)
@given(
    some.integers(1, 3).flatmap(
        lambda width: some.lists(
            some.lists(some.integers(0, 7), min_size=width, max_size=width), min_size=1, max_size=3
        )
    )
)
def test_no_hidden_cell_has_but_one_possible_value(rows: list[list[int]]) -> None:
    cells = table(*rows)
    shown = protect(cells)
    for sums in (shown.rows, shown.columns, {"all": shown.total}, shown.cells):
        assert all(not 0 < count < LIMIT for count in sums.values() if count is not None)
    if sum(count is None for count in shown.cells.values()) <= 5:
        for place, values in possible(cells, shown).items():
            assert len(values) > 1, place


def test_a_large_fleet_is_protected_in_a_moment_and_keeps_what_it_may() -> None:
    stages = ("intake", "wipe", "image", "handover")
    cells = {
        (f"school-{number:03}", stage): (number * 7 + place * 11) % 40
        for number in range(300)
        for place, stage in enumerate(stages)
    }
    shown = protect(cells)
    small = sum(0 < count < LIMIT for count in cells.values())
    hidden = sum(count is None for count in shown.cells.values())
    assert small <= hidden < 3 * small, (small, hidden)
    assert shown.total == sum(cells.values())


def test_hundreds_of_schools_at_every_stage_take_a_moment() -> None:
    """Every board and status does this; a country has as many schools as it has."""
    chosen = random.Random(1)
    cells = {
        (f"school-{number}", f"stage-{stage}"): chosen.choice([0, 0, 0, 1, 2, 3, 6, 12])
        for number in range(800)
        for stage in range(9)
    }
    before = time.process_time()
    protect(cells, keep="stage-8")
    assert time.process_time() - before < 5


def test_the_column_that_matters_most_is_kept_where_there_is_a_choice() -> None:
    cells = {
        ("school", "configure"): 2,
        ("school", "handover"): 24,
        ("depot", "wipe"): 6,
        ("depot", "configure"): 0,
    }
    shown = protect(cells, keep="handover")
    assert (shown.cells["school", "handover"], shown.columns["handover"]) == (24, 24)
    assert (shown.cells["school", "configure"], shown.rows["school"], shown.total) == (None,) * 3
    assert shown.rows["depot"] == 6
    assert all(len(values) > 1 for values in possible(cells, shown).values())
