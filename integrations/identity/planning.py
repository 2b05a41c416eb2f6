"""From a roster and a target's state to a plan: kind by kind, in the order in which records build
on each other. Nothing is written at the target here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from integrations.identity import steps
from integrations.identity.compare import separate
from integrations.identity.contract import Contract
from integrations.identity.desired import Projection
from integrations.identity.oneroster.columns import KINDS
from integrations.identity.oneroster.package import RosterFile
from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import TOUCHED, dated, records
from integrations.identity.validate import Progress, Roster
from wasl.errors import WaslError
from wasl.manifest.identity import SchoolYear

# What refers to what: (kind, field) that may still point at a record of the key's kind.
_REFERRERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "orgs": (
        ("orgs", "parentSourcedId"),
        ("courses", "orgSourcedId"),
        ("classes", "schoolSourcedId"),
        ("users", "orgSourcedIds"),
        ("enrollments", "schoolSourcedId"),
    ),
    "academicSessions": (
        ("academicSessions", "parentSourcedId"),
        ("courses", "schoolYearSourcedId"),
        ("classes", "termSourcedIds"),
    ),
    "courses": (("classes", "courseSourcedId"),),
    "classes": (("enrollments", "classSourcedId"),),
}


@dataclass(frozen=True)
class Terms:
    """What a plan is made by, besides the roster and the target's state."""

    contract: Contract
    pseudonyms: Pseudonyms
    school_year: SchoolYear
    today: date
    grace_days: int
    schools: tuple[str, ...] | None = None
    grades: Mapping[str, str] | None = None
    memberships: bool = False


@dataclass(frozen=True)
class Computed:
    """What the target holds in scope: how many records of each kind, and where they lie.

    `same` names kinds whose delivered file and target file were compared as they are, so that the
    validated table `seen_<kind>` counts what both have.
    """

    rows: Mapping[str, int]
    held: Mapping[str, Side]
    same: frozenset[str]


def compute(
    roster: Roster,
    snapshot: Snapshot,
    terms: Terms,
    store: Store,
    progress: Progress = lambda what, rows: None,
) -> Computed:
    """Fill the table `changes`."""
    return _Planner(roster, snapshot, terms, store, progress).run()


class _Planner:
    def __init__(
        self,
        roster: Roster,
        snapshot: Snapshot,
        terms: Terms,
        store: Store,
        progress: Progress,
    ) -> None:
        self.roster, self.snapshot, self.terms = roster, snapshot, terms
        self.store, self.progress = store, progress
        self.kinds = [
            kind for kind in KINDS if kind in terms.contract.fields and kind in roster.package.files
        ]
        self.projection = Projection(
            terms.contract,
            terms.schools,
            terms.grades,
            terms.memberships,
            terms.today.isoformat(),
        )
        self.held: dict[str, Side] = {}
        self.same: set[str] = set()

    def run(self) -> Computed:
        for statement in filter(str.strip, steps.TABLES.split(";")):
            self.store.run(statement)
        self.terms.pseudonyms.bind(self.store)
        self._note_touched()
        self._note_doubled()
        counts = {kind: self._differ(kind) for kind in self.kinds}
        for kind in self.kinds:
            self._both(kind)
        self._years()
        for kind in reversed(self.kinds):
            self._gone(kind)
        if "enrollments" in self.kinds:
            steps.carry(self.store)
        return Computed(counts, self.held, frozenset(self.same))

    def _differ(self, kind: str) -> int:
        """Separate what may differ, pair it, and count what the target holds."""
        file = self.roster.package.files[kind]
        fields = self.terms.contract.columns(kind)
        self.progress(f"{kind}: comparing", 0)
        target = self.snapshot.sides.get(kind) or self._nothing(kind, fields)
        desired = self.projection.desired(self.store, file, target)
        self._note_scoped(kind, desired)
        held = self.projection.held(self.store, kind, target, desired)
        self.held[kind] = held
        known = desired.path == file.path
        count = separate(self.store, kind, desired, held, fields, known=known)
        if known and held is target:
            self.same.add(kind)
        steps.pair(self.store, kind, self.terms.contract, held)
        self._note_rejected(kind)
        self._note_withdrawn(kind, file)
        if file.mode == "delta":
            steps.only_withdrawn(self.store, kind)
        self.store.run(f"CREATE OR REPLACE TABLE pairs_{kind} AS FROM pairs")
        self.progress(f"{kind}: comparing", self.roster.rows.get(kind, 0))
        return count

    def _nothing(self, kind: str, fields: tuple[str, ...]) -> Side:
        path = self.store.file(f"empty/{kind}.csv")
        path.write_text(",".join(fields) + "\n", encoding="utf-8")
        return Side(path, fields)

    def _note_scoped(self, kind: str, desired: Side) -> None:
        if kind in ("users", "classes", "courses", "orgs") and self.terms.schools is not None:
            source = records(desired.path, desired.columns, desired.newline)
            self.store.run(
                f"CREATE OR REPLACE TABLE scoped_{kind} AS"
                f' SELECT hash("sourcedId") AS k FROM {source}'
            )

    def _both(self, kind: str) -> None:
        self._use(kind)
        fields = self.terms.contract.columns(kind)
        steps.create(self.store, kind, fields)
        steps.update(self.store, kind, fields)

    def _fields(self, kind: str) -> tuple[str, ...]:
        return self.terms.contract.columns(kind)

    def _use(self, kind: str) -> None:
        self.store.run(f"CREATE OR REPLACE TABLE pairs AS FROM pairs_{kind}")

    def _gone(self, kind: str) -> None:
        """What only the target has."""
        self._use(kind)
        if not self.store.value("SELECT count(*) FROM pairs WHERE rid IS NULL"):
            return
        if self.roster.unnamed.get(kind):
            steps.leave(self.store, kind, self._fields(kind), "'hold'", "'rejected'")
        elif kind == "users":
            self._gone_users()
        elif kind == "enrollments":
            self._gone_enrollments()
        elif kind == "demographics":
            steps.leave(self.store, kind, self._fields(kind), "'delete'", "'absent'")
        else:
            self._gone_others(kind)

    def _gone_users(self) -> None:
        if "enabledUser" not in self.terms.contract.fields["users"]:
            steps.leave(self.store, "users", self._fields("users"), "'hold'", "'cannot-disable'")
            return
        since = "(SELECT any_value(since) FROM touched t WHERE t.kind = 'users' AND t.id = tid)"
        cases = (
            "CASE WHEN h.\"enabledUser\" <> 'false' THEN {0} WHEN {since} IS NULL THEN {1}"
            " WHEN left({since}, 10) <= {limit} THEN {2} ELSE {3} END"
        )
        limit = quoted(self._grace_limit())

        def expression(*values: str) -> str:
            return cases.format(*map(quoted, values), since=since, limit=limit)

        gone = "CASE WHEN h.\"enabledUser\" <> 'false' THEN"
        diffs = f"{gone} [{{f: 'enabledUser', b: h.\"enabledUser\", a: 'false'}}] ELSE [] END"
        action = expression("disable", "hold", "delete", "hold")
        reason = expression("absent", "unknown-since", "grace-over", "grace")
        steps.leave(self.store, "users", self._fields("users"), action, reason, diffs)

    def _grace_limit(self) -> str:
        today = self.terms.today.toordinal()
        return date.fromordinal(max(1, today - self.terms.grace_days)).isoformat()

    def _gone_enrollments(self) -> None:
        if self.terms.memberships:
            steps.leave(
                self.store, "enrollments", self._fields("enrollments"), "'delete'", "'absent'"
            )
            return
        if "endDate" not in self.terms.contract.fields["enrollments"]:
            steps.leave(
                self.store, "enrollments", self._fields("enrollments"), "'hold'", "'cannot-disable'"
            )
            return
        today, limit = quoted(self.terms.today.isoformat()), quoted(self._grace_limit())
        ended = '(SELECT any_value(y.ends) FROM other_classes y WHERE y.id = h."classSourcedId")'
        open_ = '(h."endDate" = \'\' OR h."endDate" > {day})'
        running = open_.format(day=today)
        past_year = f"({ended} <> '' AND {open_.format(day=ended)})"
        ends = quoted(self.terms.school_year.ends.isoformat())
        dated = "beginDate" in self.terms.contract.fields["enrollments"]
        later = f'h."beginDate" > {ends}' if dated else "false"
        action = (
            f"CASE WHEN {ended} IS NOT NULL THEN CASE WHEN {past_year} THEN 'disable' ELSE 'hold'"
            f" END WHEN {later} THEN 'hold' WHEN {running} THEN 'disable'"
            f" WHEN h.\"endDate\" <= {limit} THEN 'delete' ELSE 'hold' END"
        )
        reason = (
            f"CASE WHEN {ended} IS NOT NULL THEN CASE WHEN {past_year} THEN 'roll-over' ELSE"
            f" 'other-year' END WHEN {later} THEN 'other-year' WHEN {running} THEN 'absent'"
            f" WHEN h.\"endDate\" <= {limit} THEN 'grace-over' ELSE 'grace' END"
        )
        after = f"coalesce({ended}, {quoted(steps.TODAY)})"
        ending = f"{past_year} OR ({ended} IS NULL AND {running} AND NOT {later})"
        diffs = (
            f"CASE WHEN {ending} THEN [{{f: 'endDate', b: h.\"endDate\", a: {after}}}] ELSE [] END"
        )
        steps.leave(
            self.store,
            "enrollments",
            self._fields("enrollments"),
            action,
            reason,
            diffs,
            f"coalesce({ended} <> '', false)",
        )

    def _years(self) -> None:
        """`other_classes` and `other_sessions`: what the target holds of other school years.

        `ends` is the last day of an earlier one, and empty for one to come.
        """
        code = quoted(self.terms.school_year.code)
        starts = quoted(self.terms.school_year.starts.isoformat())
        empty = "CREATE OR REPLACE TABLE {0} AS SELECT '' AS id, '' AS ends WHERE false"
        columns = {"schoolYear", "endDate"}
        if "academicSessions" not in self.held or not columns <= {
            *self._fields("academicSessions")
        }:
            self.store.run(empty.format("other_sessions"))
        else:
            earlier = f'"schoolYear" < {code} AND "endDate" <= {starts}'
            self.store.run(
                'CREATE OR REPLACE TABLE other_sessions AS SELECT "sourcedId" AS id,'
                f" CASE WHEN {earlier} THEN \"endDate\" ELSE '' END AS ends"
                f' FROM {self._held("academicSessions")} WHERE ({earlier}) OR "schoolYear" > {code}'
            )
        dated = "termSourcedIds" in self._fields("classes") if "classes" in self.held else False
        if not dated or not self.store.value("SELECT count(*) FROM other_sessions"):
            self.store.run(empty.format("other_classes"))
            return
        # A class is of another year when every one of its terms is.
        terms = (
            'SELECT "sourcedId" AS id, unnest(string_split("termSourcedIds", \',\')) AS term'
            f" FROM {self._held('classes')}"
        )
        self.store.run(
            "CREATE OR REPLACE TABLE other_classes AS SELECT c.id,"
            " CASE WHEN bool_or(s.ends = '') THEN '' ELSE max(s.ends) END AS ends FROM"
            f" ({terms}) c LEFT JOIN other_sessions s ON s.id = c.term GROUP BY c.id"
            " HAVING count(*) = count(s.id)"
        )

    def _held(self, kind: str) -> str:
        side = self.held[kind]
        return records(side.path, side.columns, side.newline)

    def _gone_others(self, kind: str) -> None:
        """Schools, sessions, courses and classes: removed once nothing refers to them."""
        self.store.run(f"CREATE OR REPLACE TABLE used AS {self._used(kind)}")
        other = {
            "classes": "tid IN (SELECT id FROM other_classes)",
            "academicSessions": "tid IN (SELECT id FROM other_sessions)",
            "courses": 'h."schoolYearSourcedId" IN (SELECT id FROM other_sessions)'
            if "schoolYearSourcedId" in self.terms.contract.fields.get("courses", {})
            else "false",
        }.get(kind, "false")
        used = "tid IN (SELECT id FROM used)"
        action = f"CASE WHEN {other} OR {used} THEN 'hold' ELSE 'delete' END"
        reason = (
            f"CASE WHEN {other} THEN 'other-year' WHEN {used} THEN 'still-used' ELSE 'absent' END"
        )
        steps.leave(self.store, kind, self._fields(kind), action, reason)

    def _used(self, kind: str) -> str:
        """Ids that some record of the target refers to which this plan does not remove."""
        parts = []
        for referrer, field in _REFERRERS[kind]:
            side = self.snapshot.sides.get(referrer)
            if side is None or field not in side.columns:
                continue
            source = records(side.path, side.columns, side.newline)
            leaving = (
                f"SELECT id FROM changes WHERE kind = {quoted(referrer)} AND action = 'delete'"
            )
            same = " AND false" if referrer == kind else ""
            parts.append(
                f"SELECT unnest(string_split({name(field)}, ',')) AS id FROM {source} WHERE"
                f" {name(field)} <> '' AND \"sourcedId\" NOT IN ({leaving}){same}"
            )
        return " UNION ".join(parts) if parts else "SELECT '' AS id WHERE false"

    def _note_rejected(self, kind: str) -> None:
        for side in self.roster.rejected.get(kind, ()):
            source = f"{records(side.path, side.columns)} WHERE true"
            self._note_whose("rejected", kind, side.columns, source)

    def _note_withdrawn(self, kind: str, file: RosterFile) -> None:
        if file.mode == "delta":
            source = records(file.path, file.columns, file.head.newline)
            source += " WHERE status = 'tobedeleted'"
            self._note_whose("withdrawn", kind, file.columns, source)

    def _note_whose(self, table: str, kind: str, columns: tuple[str, ...], source: str) -> None:
        """Add to `table` whose the roster's rows are at the target: by id, or as pairs are made."""
        ids = self.projection.value(self.store, kind, "sourcedId")
        self.store.run(f"INSERT INTO {table} SELECT {quoted(kind)}, {ids} FROM {source}")
        for field in self.terms.contract.correlate if kind == "users" else ():
            if field in columns and field in self.terms.contract.fields["users"]:
                value = self.projection.value(self.store, kind, field)
                values = f"SELECT {value} AS v FROM {source}"
                steps.whose(self.store, table, field, values, self.held[kind])

    def _note_doubled(self) -> None:
        rows = [(one,) for one in sorted(self.snapshot.doubled)]
        if rows:
            self.store.db.executemany("INSERT INTO doubled VALUES (?)", rows)

    def _note_touched(self) -> None:
        if self.snapshot.touched is None:
            return
        source = records(self.snapshot.touched, TOUCHED)
        self.store.run(
            f"INSERT INTO touched SELECT kind, id, since FROM {source} WHERE {dated('since')}"
        )


def require_year(year: SchoolYear | None) -> SchoolYear:
    """The manifest's school year. Raises `WaslError` where it names none."""
    if year is None:
        raise WaslError(
            "WASL-IDENTITY-NO-YEAR",
            "the manifest names no school year",
            where="identity.school_year",
            hint="write code, starts and ends",
        )
    return year
