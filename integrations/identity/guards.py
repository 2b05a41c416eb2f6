"""What stops a plan: more disabled or removed than the manifest lets through unsigned.

Roll-over of the school year, enrolments that a move takes along, and what the target holds a second
time are not counted: they are what they say, and guards on persons stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from integrations.identity.planning import Computed
from integrations.identity.store import Store, quoted
from integrations.identity.tables import first_of, records, school_of
from wasl.manifest.identity import Guard, Guards
from wasl.result import Message

LEAVING = "action IN ('disable', 'delete') AND NOT carried AND NOT year_end AND reason <> 'double'"


@dataclass(frozen=True, slots=True)
class Stop:
    """One guard that stopped the plan. `school` is empty where the whole country is meant."""

    kind: str
    school: str
    count: int
    of: int
    limit: Guard

    @property
    def words(self) -> Message:
        """What happened and what the guard allows."""
        share = 100 * self.count / self.of if self.of else 100.0
        told = {
            "kind": self.kind,
            "school": self.school,
            "count": str(self.count),
            "of": str(self.of),
            "share": f"{share:.1f}",
            "most": str(self.limit.count),
            "most_share": f"{self.limit.percent:g}",
        }
        return Message(f"identity.guard.{'school' if self.school else 'country'}", told)


def stops(store: Store, guards: Guards, computed: Computed) -> tuple[Stop, ...]:
    """Every guard that the table `changes` goes beyond."""
    return tuple(_stops(store, guards, computed))


def _stops(store: Store, guards: Guards, computed: Computed) -> Iterator[Stop]:
    leaving = f"SELECT kind, count(*) FROM changes WHERE {LEAVING} GROUP BY kind ORDER BY kind"
    for kind, count in list(store.rows(leaving)):
        limit = guards.kinds.get(kind, guards.country)
        total = computed.rows[kind]
        if _beyond(limit, count, total):
            yield Stop(kind, "", count, total, limit)
        if kind in ("users", "classes", "enrollments"):
            yield from _by_school(store, guards.school, kind, computed)


def _by_school(store: Store, limit: Guard, kind: str, computed: Computed) -> Iterator[Stop]:
    leaving = (
        "SELECT was AS school, count(*) AS n FROM changes"
        f" WHERE kind = {quoted(kind)} AND {LEAVING} GROUP BY was"
    )
    here = _totals(kind, computed)
    query = f"SELECT school, n, total FROM ({leaving}) JOIN ({here}) USING (school) ORDER BY school"
    for school, count, total in list(store.rows(query)):
        if _beyond(limit, count, total):
            yield Stop(kind, school, count, total, limit)


def _totals(kind: str, computed: Computed) -> str:
    """How many records the target holds by school.

    Where both files were compared as they are, that is what the roster has, less what only the
    roster has, and what only the target has: no need to read the target's file again.
    """
    held = computed.held[kind]
    school = school_of(kind, held.columns)
    if kind not in computed.same:
        source = records(held.path, held.columns, held.newline)
        return f"SELECT {school} AS school, count(*) AS total FROM {source} GROUP BY 1"
    seen = f"SELECT schools, count(*) AS n FROM seen_{kind} GROUP BY 1"
    parts = (
        f"SELECT {first_of('schools')} AS school, sum(n) AS n FROM ({seen}) GROUP BY 1",
        f"SELECT {school} AS school, -count(*) AS n FROM want_{kind} GROUP BY 1",
        f"SELECT {school} AS school, count(*) AS n FROM have_{kind} GROUP BY 1",
    )
    return f"SELECT school, sum(n) AS total FROM ({' UNION ALL '.join(parts)}) GROUP BY 1"


def _beyond(limit: Guard, count: int, of: int) -> bool:
    share = 100 * count / of if of else 100.0
    return count > limit.count or (count > limit.few and share > limit.percent)
