"""A plan: the changes, what stopped it, and the hash that binds it to all it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from integrations.identity.guards import Stop
from integrations.identity.oneroster.columns import PERSONAL
from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.reasons import detailed
from integrations.identity.store import Store, quoted
from wasl.files import sha256_of
from wasl.result import Action, Change, digest

# Creates and updates in the order in which records build on each other, removals in reverse.
COLUMNS = "kind, action, id, rid, school, was, reason, matched, carried, year_end, diffs"


@dataclass(frozen=True, slots=True)
class Count:
    """How many changes of one sort one school has."""

    kind: str
    action: str
    reason: str
    school: str
    count: int


@dataclass(frozen=True)
class Plan:
    """What would be done at one target; the changes themselves lie in the store."""

    store: Store
    country: str
    target: str
    kind: str
    contract: str
    roster: str
    snapshot: str
    changes_digest: str
    counts: tuple[Count, ...]
    stops: tuple[Stop, ...]
    pseudonyms: Pseudonyms

    @property
    def hash(self) -> str:
        """SHA-256 over the sorted changes, the roster, the contract and the target's state."""
        return digest(self.bound)

    @property
    def bound(self) -> dict[str, Any]:
        """What the hash covers."""
        return {
            "version": 1,
            "country": self.country,
            "target": self.target,
            "kind": self.kind,
            "contract": self.contract,
            "roster": self.roster,
            "snapshot": self.snapshot,
            "changes": self.changes_digest,
            "counts": [asdict(count) for count in self.counts],
        }

    @property
    def size(self) -> int:
        """How many changes would be made; what is held back is none."""
        return sum(count.count for count in self.counts if count.action != "hold")

    def totals(self) -> Mapping[tuple[str, str], int]:
        """Counts by kind and action, schools added up."""
        totals: dict[tuple[str, str], int] = {}
        for count in self.counts:
            key = (count.kind, count.action)
            totals[key] = totals.get(key, 0) + count.count
        return totals

    def changes(self, limit: int | None = None) -> Iterator[Change]:
        """The changes for reports: pseudonyms for people, digests for values.

        Enrolments that a move takes along are part of that one change.
        """
        bound = f" LIMIT {limit}" if limit is not None else ""
        query = (
            f"SELECT {COLUMNS} FROM changes WHERE NOT carried AND action <> 'hold'"
            f" ORDER BY kind, action, id{bound}"
        )
        for row in self.store.rows(query):
            yield self._change(*row)

    def shown_id(self, kind: str, key: str) -> str:
        """How a record is called in reports: its own id, or a pseudonym where it is a person's."""
        return self.pseudonyms.of(f"{kind}.sourcedId", key) if kind in PERSONAL else key

    def _change(
        self,
        kind: str,
        action: str,
        key: str,
        _rid: str | None,
        school: str,
        was: str,
        reason: str,
        matched: str,
        _carried: bool,
        _year_end: bool,
        diffs: list[dict[str, str]],
    ) -> Change:
        before = {d["f"]: self._shown(kind, d["f"], d["b"]) for d in diffs if d["b"]}
        after = {d["f"]: self._shown(kind, d["f"], d["a"]) for d in diffs if d["a"]}
        schools = (was, school) if action == "move" else None
        words = detailed(reason, schools, "" if matched == "sourcedId" else matched)
        target = f"{kind}/{self.shown_id(kind, key)}"
        return Change("identity", self.country, target, Action(action), words, before, after)

    def _shown(self, kind: str, field: str, value: str) -> str:
        """A keyed digest: tells that two values are equal, and not what they are."""
        if kind not in PERSONAL:
            return value
        return "~" + self.pseudonyms.of(f"{kind}.{field}", value)[:12]


def counts(store: Store) -> tuple[Count, ...]:
    """The table `changes`, counted."""
    query = (
        "SELECT kind, action, reason, coalesce(school, ''), count(*) FROM changes"
        " WHERE NOT carried GROUP BY ALL ORDER BY ALL"
    )
    return tuple(Count(*row) for row in store.rows(query))


def export(store: Store) -> str:
    """Write the sorted changes to `changes.json` in scratch; their SHA-256."""
    path = store.file("changes.json")
    store.run(
        f"COPY (SELECT {COLUMNS} FROM changes ORDER BY kind, action, id, rid)"
        f" TO {quoted(str(path))} (FORMAT json)"
    )
    return sha256_of(path)
