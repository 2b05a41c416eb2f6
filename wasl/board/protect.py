"""Counts under five are not shown, nor can they be found by subtraction.

A table of counts with its sums is a flow: a row's sum runs into its cells, the cells into the sums
of their columns, those into the sum of all and back. A hidden count is told by the shown ones where
no unit more or less could run through it; then a further count is hidden (complementary
suppression), until none is told. Noughts are shown, so everyone knows that a hidden count is one at
least; that is reckoned with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

LIMIT = 5
Node = str
_TOP, _BOTTOM = "top", "bottom"


@dataclass(frozen=True)
class Table:
    """Counts that may be shown; None where one is hidden."""

    cells: Mapping[tuple[str, str], int | None]
    rows: Mapping[str, int | None]
    columns: Mapping[str, int | None]
    total: int | None


@dataclass(frozen=True, slots=True)
class _Arc:
    """A count as the flow from one node to another."""

    start: Node
    end: Node


@dataclass(slots=True)
class _Step:
    """A unit more or less of a count: from which node to which, and what the reader loses by it."""

    arc: _Arc
    start: Node
    end: Node
    price: int


_Steps = dict[Node, list[_Step]]
"""The steps from each node."""


def small(count: int) -> bool:
    """Whether a count is one that is not shown."""
    return 0 < count < LIMIT


def protect(cells: Mapping[tuple[str, str], int], keep: str = "") -> Table:
    """The table of `cells` (row, column) and its sums, with nothing in it that tells of a few.

    What is hidden beside the small counts is, where there is a choice, not of the column `keep`.
    """
    counts, places = _flow(cells)
    hidden = _Hidden(counts, _column(keep)).complement()

    def shown(arc: _Arc) -> int | None:
        return None if arc in hidden else counts[arc]

    rows = list(dict.fromkeys(row for row, _ in cells))
    columns = list(dict.fromkeys(column for _, column in cells))
    return Table(
        {place: shown(arc) for place, arc in places.items()},
        {row: shown(_Arc(_TOP, _row(row))) for row in rows},
        {column: shown(_Arc(_column(column), _BOTTOM)) for column in columns},
        shown(_Arc(_BOTTOM, _TOP)) if cells else 0,
    )


def _row(name: str) -> Node:
    return f"row {name}"


def _column(name: str) -> Node:
    return f"column {name}"


def _flow(
    cells: Mapping[tuple[str, str], int],
) -> tuple[dict[_Arc, int], dict[tuple[str, str], _Arc]]:
    """Every count, sums included, as an arc; and the arcs of the cells."""
    counts: dict[_Arc, int] = {}
    places: dict[tuple[str, str], _Arc] = {}
    for (row, column), count in cells.items():
        path = (_TOP, _row(row), _column(column), _BOTTOM, _TOP)
        arcs = [_Arc(*pair) for pair in pairwise(path)]
        places[row, column] = arcs[1]
        for arc in arcs:
            counts[arc] = counts.get(arc, 0) + count
    return counts, places


class _Hidden:
    """The counts that are hidden, and how a unit more or less could run through them.

    To hide more only gives more room, so what could not be told once never can be: that holds for
    every count on a way round, since the unit that runs it changes them all.
    """

    def __init__(self, counts: Mapping[_Arc, int], keep: Node) -> None:
        self._counts, self._keep = counts, keep
        self._steps = {arc: list(self._both_ways(arc)) for arc, count in counts.items() if count}
        self._everywhere: _Steps = {}
        self._within: _Steps = {}
        self.arcs: set[_Arc] = set()
        for steps in self._steps.values():
            _lay(self._everywhere, steps)

    def complement(self) -> set[_Arc]:
        """Hide what must be hidden beside the small counts; all that is hidden then."""
        waiting = self._hide({arc for arc, count in self._counts.items() if small(count)})
        safe: set[_Arc] = set()
        for arc in waiting:  # grows on the way
            if arc not in safe:
                ring = self._round(arc)
                safe |= ring
                waiting += self._hide(ring - self.arcs)
        return self.arcs

    def _hide(self, more: set[_Arc]) -> list[_Arc]:
        """Hide `more`, whose next use costs nothing; the same in one order everywhere."""
        self.arcs |= more
        ordered = sorted(more, key=lambda arc: (arc.start, arc.end))
        for arc in ordered:
            for step in self._steps[arc]:
                step.price = 0
            _lay(self._within, self._steps[arc])
        return ordered

    def _round(self, told: _Arc) -> set[_Arc]:
        """`told`, and the cheapest counts through which, once hidden, a unit could run round it.

        There always is a way: whatever flows through `told` comes back to it. It is looked for
        among the hidden first, which are few.
        """
        turns = [(told.end, told.start)]
        if self._counts[told] > 1:
            turns.append((told.start, told.end))
        for steps in (self._within, self._everywhere):
            ways = [self._way(start, end, told, steps) for start, end in turns]
            found = [way for way in ways if way is not None]
            if found:
                break
        _, path = min(found, key=lambda way: way[0])
        return path | {told}

    def _way(
        self, start: Node, end: Node, but: _Arc, steps: _Steps
    ) -> tuple[int, set[_Arc]] | None:
        """The cheapest way for a unit from `start` to `end` (Dijkstra): cost, and its counts."""
        came: dict[Node, _Step] = {}
        best, todo = {start: 0}, [(0, start)]
        while todo:
            cost, here = heappop(todo)
            if here == end:
                return cost, self._taken(came, start, end)
            if cost > best[here]:
                continue
            for step in steps.get(here, ()):
                total = cost + step.price
                if step.arc is not but and total < best.get(step.end, total + 1):
                    best[step.end], came[step.end] = total, step
                    heappush(todo, (total, step.end))
        return None

    def _taken(self, came: Mapping[Node, _Step], start: Node, end: Node) -> set[_Arc]:
        taken = set()
        while end != start:
            taken.add(came[end].arc)
            end = came[end].start
        return taken

    def _both_ways(self, arc: _Arc) -> Iterator[_Step]:
        """A unit runs along a count, which grows, or against it, which shrinks and stays one."""
        price = self._price(arc)
        yield _Step(arc, arc.start, arc.end, price)
        if self._counts[arc] > 1:
            yield _Step(arc, arc.end, arc.start, price)

    def _price(self, arc: _Arc) -> int:
        """What the reader loses with a count: most in the kept column."""
        kept, is_sum = self._keep in (arc.start, arc.end), {_TOP, _BOTTOM} & {arc.start, arc.end}
        return 1000 + 100_000 * kept + 1000 * bool(is_sum) + min(self._counts[arc], 999)


def _lay(steps: _Steps, more: Iterable[_Step]) -> None:
    for step in more:
        steps.setdefault(step.start, []).append(step)
