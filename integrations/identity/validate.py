"""A roster read whole and judged: fast over millions of rows, carefully where something is wrong.

The fast way scans each file once and counts suspects. Only a file with suspects is read carefully,
which says line, column and mend, sets bad rows aside and leaves a clean file to go on with. A row
that refers to a rejected row is rejected with it, until nothing dangles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from integrations.identity.careful import Reading, Suspects, read_carefully
from integrations.identity.errors import Problem
from integrations.identity.oneroster.columns import COLUMNS, Column
from integrations.identity.oneroster.package import Package
from integrations.identity.rejects import Rejects
from integrations.identity.rules import misplaced, misshapen, suspect
from integrations.identity.snapshot import Side
from integrations.identity.store import DatabaseError, Store, name
from integrations.identity.tables import lines, records, schools_of

ROUNDS = 12
PARTITION = 4_000_000

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Roster:
    """A roster without bad rows, and what was found on the way.

    `rejected` holds the refused rows by kind: nothing of theirs may be removed.
    `unnamed` counts refused rows whose sourcedId could not be read.
    """

    package: Package
    rows: Mapping[str, int]
    problems: tuple[Problem, ...] = ()
    rejected: Mapping[str, tuple[Side, ...]] = field(default_factory=dict)
    unnamed: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0


def validate(
    package: Package,
    store: Store,
    rejects: Rejects,
    progress: Progress = lambda what, rows: None,
) -> Roster:
    """Judge every row of `package`. For each kind a table `seen_<kind>` of key hash and schools."""
    return _Judge(package, store, rejects, progress).run()


class _Judge:
    def __init__(
        self, package: Package, store: Store, rejects: Rejects, progress: Progress
    ) -> None:
        self.package, self.store, self.rejects, self.progress = (
            package,
            store,
            rejects,
            progress,
        )
        self.current = dict(package.files)
        self.readings: dict[str, Reading] = {}
        self.twice: dict[str, set[str]] = {kind: set() for kind in package.files}
        self.dangling: dict[str, dict[str, set[str]]] = {kind: {} for kind in package.files}

    def run(self) -> Roster:
        rows = {kind: self._scan(kind) for kind in self.package.files}
        for _ in range(ROUNDS):
            found = [kind for kind in self.package.files if self._look_across(kind)]
            if not found:
                break
            for kind in found:
                self._clean(kind)
                rows[kind] = self._scan(kind)
                self._lines(kind)
        return self._roster(rows)

    def _columns(self, kind: str) -> dict[str, Column]:
        return {column.name: column for column in COLUMNS[self.package.version][kind]}

    def _clean(self, kind: str) -> None:
        """Read the delivered file carefully; go on with what is left of it."""
        file = self.package.files[kind]
        # A later stage reads what an earlier one left: never into the file that is read.
        clean = self.store.file(f"clean/{self.rejects.stage}-{kind}.csv")
        writer = self.rejects.writer(file.name)
        suspects = Suspects(self.twice[kind], self.dangling[kind])
        try:
            self.readings[kind] = read_carefully(
                file, self.package.version, clean, suspects, self.rejects.rows(kind), writer
            )
        finally:
            writer.close()
        first = replace(file.head, bom=False, newline="\n")
        self.current[kind] = replace(file, path=clean, head=first)

    def _scan(self, kind: str) -> int:
        """One pass over the file: its keys, its schools, and whether a careful reading is due."""
        self.progress(f"{kind}: validating", 0)
        try:
            suspects = self._seen(kind) or self._shapeless(kind)
            if self.current[kind].path == self.package.files[kind].path:
                suspects = suspects or self._broken_lines(kind)
        except DatabaseError:
            suspects = True
        if suspects and self.current[kind].path == self.package.files[kind].path:
            self._clean(kind)
            self._seen(kind)
            self._lines(kind)
        rows = int(self.store.value(f"SELECT count(*) FROM seen_{kind}"))
        self.progress(f"{kind}: validating", rows)
        return rows

    def _shapeless(self, kind: str) -> bool:
        """Whether some field is too long or begins like a formula: by line, then by column."""
        self._lines(kind)
        if not self.store.value(f"SELECT bool_or(suspect) FROM lines_{kind}"):
            return False
        file = self.current[kind]
        condition = suspect(self._columns(kind), file.mode, file.extensions)
        return bool(self.store.value(f"SELECT bool_or({condition}) FROM {self._source(kind)}"))

    def _lines(self, kind: str) -> None:
        """The table `lines_<kind>`: every line's hash, for comparing."""
        file = self.current[kind]
        self.store.run(
            f"CREATE OR REPLACE TABLE lines_{kind} AS SELECT hash(line) AS h,"
            f" {misshapen('line')} AS suspect FROM {lines(file.path, file.head.newline)}"
            " WHERE line IS NOT NULL"
        )

    def _broken_lines(self, kind: str) -> bool:
        """Whether there are bytes no field may hold, records of several lines, or blank lines."""
        rows = int(self.store.value(f"SELECT count(*) FROM seen_{kind}"))
        bytes_ = self.package.files[kind].body
        return bytes_.controls or rows + 1 != bytes_.lines

    def _seen(self, kind: str) -> bool:
        file = self.current[kind]
        columns = self._columns(kind)
        condition = misplaced(columns, file.mode)
        marks = "".join(
            f", ({self._dangles(column)}) AS {name('ref_' + column.name)}"
            for column in columns.values()
            if column.type == "id" and self._checkable(kind, column)
        )
        # Few distinct lists of schools or terms; lists of agents are read only where there are any.
        lists = "".join(
            self._kept(kind, column) for column in columns.values() if column.type == "ids"
        )
        source = records(file.path, file.columns, file.head.newline)
        self.store.run(
            f'CREATE OR REPLACE TABLE seen_{kind} AS SELECT hash("sourcedId") AS k,'
            f" {self._schools(kind)} AS schools, {condition} AS suspect{marks}{lists} FROM {source}"
        )
        return bool(self.store.value(f"SELECT bool_or(suspect) FROM seen_{kind}"))

    def _schools(self, kind: str) -> str:
        """The column that says which schools a record belongs to, as it stands.

        1.2's users belong to schools by their roles.
        """
        if kind == "users" and self.package.version == "1.2":
            return '"primaryOrgSourcedId"'
        return schools_of(kind, self.package.files[kind].columns)

    def _kept(self, kind: str, column: Column) -> str:
        """What of a column of ids is kept besides `schools`: all of it, or whether there is any."""
        if not self._checkable(kind, column):
            return f", {name(column.name)} <> '' AS {name('any_' + column.name)}"
        kept = self._list(kind, column)
        return "" if kept == "schools" else f", {name(column.name)} AS {kept}"

    def _list(self, kind: str, column: Column) -> str:
        """The column of `seen_<kind>` that keeps a column of ids."""
        if self._schools(kind) == name(column.name):
            return "schools"
        return name("ids_" + column.name)

    def _whole(self, kind: str, column: Column) -> bool:
        """Whether the roster must hold what the column refers to: a delta's may be elsewhere."""
        files = self.package.files
        refers = column.refers
        delta = files[kind].mode == "delta" or (refers in files and files[refers].mode == "delta")
        return bool(refers) and not delta

    def _checkable(self, kind: str, column: Column) -> bool:
        """Whether what the column refers to was seen before this file was."""
        order = list(self.package.files)
        refers = column.refers
        before = refers in order and order.index(refers) < order.index(kind)
        return before and self._whole(kind, column)

    def _dangles(self, column: Column) -> str:
        field = name(column.name)
        return f"{field} <> '' AND hash({field}) NOT IN (SELECT k FROM seen_{column.refers})"

    def _look_across(self, kind: str) -> bool:
        """Find ids that stand twice and references to nothing; whether there are new ones."""
        before = len(self.twice[kind]) + sum(map(len, self.dangling[kind].values()))
        if self._stands_twice(kind):
            self.twice[kind] |= self._doubles(kind)
        for column in self._columns(kind).values():
            if self._whole(kind, column) and self._any_dangling(kind, column):
                missing = self.dangling[kind].setdefault(column.name, set())
                missing |= self._missing(kind, column)
        return before != len(self.twice[kind]) + sum(map(len, self.dangling[kind].values()))

    def _stands_twice(self, kind: str) -> bool:
        """Sorted in slices, so that they fit in memory: a fifth of the time that counting takes."""
        rows = int(self.store.value(f"SELECT count(*) FROM seen_{kind}"))
        slices = max(1, rows // PARTITION)
        for part in range(slices):
            keys = self.store.column(f"SELECT k FROM seen_{kind} WHERE k % {slices} = {part}")
            keys.sort()
            if (keys[1:] == keys[:-1]).any():
                return True
        return False

    def _doubles(self, kind: str) -> set[str]:
        query = (
            f'SELECT "sourcedId" FROM {self._source(kind)} WHERE hash("sourcedId") IN'
            f" (SELECT k FROM seen_{kind} GROUP BY k HAVING count(*) > 1)"
            ' GROUP BY "sourcedId" HAVING count(*) > 1'
        )
        return {row[0] for row in self.store.rows(query)}

    def _any_dangling(self, kind: str, column: Column) -> bool:
        if column.refers not in self.package.files:
            return self._used(kind, column)
        if column.type == "ids":
            any_ = f"SELECT bool_or({name('any_' + column.name)}) FROM seen_{kind}"
            known = self._checkable(kind, column)
            return (known or bool(self.store.value(any_))) and bool(self._missing(kind, column))
        if self._checkable(kind, column):
            mark = name("ref_" + column.name)
            if self.store.value(f"SELECT bool_or({mark}) FROM seen_{kind}"):
                return True
            if not self.readings.get(column.refers):
                return False
        return bool(self._missing(kind, column))

    def _used(self, kind: str, column: Column) -> bool:
        field = name(column.name)
        query = f"SELECT count(*) FROM {self._source(kind)} WHERE {field} <> ''"
        return int(self.store.value(query)) > 0

    def _missing(self, kind: str, column: Column) -> set[str]:
        field = name(column.name)
        if column.type == "ids":
            there = (
                f"{self._list(kind, column)} AS v FROM seen_{kind}"
                if self._checkable(kind, column)
                else f"{field} AS v FROM {self._source(kind)}"
            )
            values = (
                f"SELECT DISTINCT unnest(string_split(v, ',')) AS v FROM (SELECT DISTINCT {there})"
            )
        else:
            values = f"SELECT DISTINCT {field} AS v FROM {self._source(kind)}"
        known = (
            f"AND hash(v) NOT IN (SELECT k FROM seen_{column.refers})"
            if column.refers in self.package.files
            else ""
        )
        return {
            row[0] for row in self.store.rows(f"SELECT v FROM ({values}) WHERE v <> '' {known}")
        }

    def _source(self, kind: str) -> str:
        file = self.current[kind]
        return records(file.path, file.columns, file.head.newline)

    def _roster(self, rows: Mapping[str, int]) -> Roster:
        return Roster(
            replace(self.package, files=self.current),
            rows,
            tuple(self._problems()),
            {kind: (self._refused(kind),) for kind in self.readings},
            {kind: reading.unnamed for kind, reading in self.readings.items()},
            sum(reading.rejected for reading in self.readings.values()),
        )

    def _refused(self, kind: str) -> Side:
        return Side(self.rejects.rows(kind), self.package.files[kind].columns)

    def _problems(self) -> Iterator[Problem]:
        for kind in self.package.files:
            if kind in self.readings:
                yield from self.readings[kind].problems
