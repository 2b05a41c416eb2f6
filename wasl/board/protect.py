"""Counts under five are not shown, nor can they be found by subtraction.

A table of counts with its sums is a flow: a row's sum runs into its cells, the cells into the sums
of their columns, those into the sum of all and back. A hidden count is told by the shown ones where
no unit more or less could run through it; then a further count is hidden (complementary
suppression), until none is told. Noughts are shown, so everyone knows that a hidden count is one at
least; that is reckoned with.
"""

from __future__ import annotations

from collections.abc import Mapping
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

    To hide more only gives more room, so what could not be told once never can be.
    """

    def __init__(self, counts: Mapping[_Arc, int], keep: Node) -> None:
        self._counts, self._keep = counts, keep
        self._touching: dict[Node, list[_Arc]] = {}
        for arc in counts:
            self._touching.setdefault(arc.start, []).append(arc)
            self._touching.setdefault(arc.end, []).append(arc)
        self.arcs = {arc for arc, count in counts.items() if small(count)}

    def complement(self) -> set[_Arc]:
        """Hide what must be hidden beside the small counts; all that is hidden then."""
        waiting = sorted(self.arcs, key=lambda arc: (arc.start, arc.end))
        for arc in waiting:  # grows on the way
            more = self._beside(arc)
            self.arcs |= more
            waiting += sorted(more, key=lambda one: (one.start, one.end))
        return self.arcs

    def _beside(self, told: _Arc) -> set[_Arc]:
        """The cheapest counts through which, once hidden, a unit could run round `told`.

        Nothing where one can already. There always is a way: whatever flows through `told` comes
        back to it.
        """
        more = self._way(told.end, told.start, told)
        less = self._way(told.start, told.end, told) if self._counts[told] > 1 else None
        ways = [way for way in (more, less) if way is not None]
        _, path = min(ways, key=lambda way: way[0])
        return path - self.arcs

    def _way(self, start: Node, end: Node, but: _Arc) -> tuple[int, set[_Arc]] | None:
        """The cheapest way for a unit from `start` to `end` (Dijkstra): cost, and counts it takes.

        A unit runs along a count, which grows, or against it, which shrinks and stays one at least.
        """
        came: dict[Node, tuple[Node, _Arc]] = {}
        best, todo = {start: 0}, [(0, start)]
        while todo:
            cost, here = heappop(todo)
            if here == end:
                return cost, self._taken(came, start, end)
            if cost > best[here]:
                continue
            for arc in self._touching[here]:
                along = arc.start == here
                if arc == but or not self._counts[arc] or not (along or self._counts[arc] > 1):
                    continue
                node, total = arc.end if along else arc.start, cost + self._price(arc)
                if total < best.get(node, total + 1):
                    best[node], came[node] = total, (here, arc)
                    heappush(todo, (total, node))
        return None

    def _taken(self, came: Mapping[Node, tuple[Node, _Arc]], start: Node, end: Node) -> set[_Arc]:
        taken = set()
        while end != start:
            end, arc = came[end]
            taken.add(arc)
        return taken

    def _price(self, arc: _Arc) -> int:
        """What the reader loses with a count: nothing if it is hidden, most in the kept column."""
        if arc in self.arcs:
            return 0
        kept, is_sum = self._keep in (arc.start, arc.end), {_TOP, _BOTTOM} & {arc.start, arc.end}
        return 1000 + 100_000 * kept + 1000 * bool(is_sum) + min(self._counts[arc], 999)
