"""The roster as the partner should hold it: the contract's fields, treated, inside the scope.

Where that is the roster's own file as it stands, nothing is copied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.identity.contract import Contract
from integrations.identity.oneroster.columns import COLUMNS
from integrations.identity.oneroster.package import RosterFile
from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.snapshot import Side
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import SCHOOL, records, school_of

_TYPES = {kind: {c.name: c for c in columns} for kind, columns in COLUMNS["1.1"].items()}


@dataclass(frozen=True)
class Projection:
    """How a roster's records become a partner's. `schools` limits both sides, if given.

    With `memberships` an enrolment is a user's membership of a class, without an id or dates of its
    own: it is called `class|user`, and is there or is not.
    """

    contract: Contract
    schools: tuple[str, ...] | None = None
    grades: Mapping[str, str] | None = None
    memberships: bool = False
    today: str = ""

    def desired(self, store: Store, file: RosterFile, target: Side | None) -> Side:
        """The kind's desired records."""
        fields = self.contract.columns(file.kind)
        as_is = self._as_is(store, file) and target is not None and target.columns == file.columns
        if as_is or (self._as_is(store, file) and file.columns == fields):
            return Side(file.path, file.columns, file.head.newline)
        kind = file.kind
        source = records(file.path, file.columns, file.head.newline)
        values = ", ".join(
            f"{self.value(store, kind, field, field in file.columns)} AS {name(field)}"
            for field in fields
        )
        where = self._where(kind, file.columns)
        if self.memberships and kind == "enrollments":
            where += f' AND ("endDate" = \'\' OR "endDate" > {quoted(self.today)})'
        if file.mode == "delta":
            where += " AND status <> 'tobedeleted'"
        return _copy(
            store,
            f"desired/{kind}.csv",
            f"SELECT {values} FROM {source} {where}",
            fields,
        )

    def held(self, store: Store, kind: str, target: Side, other: Side) -> Side:
        """The target's records inside the scope, laid out as `other`."""
        if target.columns == other.columns and self.schools is None:
            return target
        source = records(target.path, target.columns, target.newline)
        values = ", ".join(
            name(field) if field in target.columns else f"'' AS {name(field)}"
            for field in other.columns
        )
        where = self._where(kind, target.columns)
        query = f"SELECT {values} FROM {source} {where}"
        return _copy(store, f"held/{kind}.csv", query, other.columns)

    def _as_is(self, store: Store, file: RosterFile) -> bool:
        return (
            self.schools is None
            and not self.grades
            and not (self.memberships and file.kind in ("users", "enrollments"))
            and not self.contract.treated(file.kind)
            and file.mode == "bulk"
            and not (file.kind in ("enrollments", "demographics") and _aliases(store))
        )

    def value(self, store: Store, kind: str, field: str, there: bool = True) -> str:
        """The expression for a field of a roster's record as the partner should hold it."""
        if not there:
            return "''"
        if self.memberships and kind == "enrollments" and field == "sourcedId":
            parts = ("classSourcedId", "userSourcedId")
            class_, user = (self.value(store, kind, part) for part in parts)
            return f"concat({class_}, '|', {user})"
        column = _TYPES[kind].get(field)
        value = name(field)
        if self.memberships and field == "orgSourcedIds":
            value = f"array_to_string(list_sort(string_split({value}, ',')), ',')"
        if field == "grades" and self.grades:
            value = _graded(value, self.grades)
        if self.contract.fields[kind][field] == "pseudonym":
            space = self.contract.space(kind, field)
            if column is not None and column.type == "ids":
                one = Pseudonyms.sql(space, "x")
                value = _each(value, one)
            else:
                value = Pseudonyms.sql(space, value)
        # Users' own references to each other are written before anyone is matched.
        refers = column is not None and column.refers == "users" and column.type == "id"
        if refers and kind != "users" and _aliases(store):
            value = f"coalesce((SELECT max(tid) FROM aliases WHERE rid = {value}), {value})"
        return value

    def _where(self, kind: str, columns: Sequence[str]) -> str:
        if self.schools is None or kind == "academicSessions":
            return "WHERE true"
        schools = ", ".join(map(quoted, self.schools))
        if kind == "users" and "orgSourcedIds" in columns:
            inside = f"list_has_any(string_split(\"orgSourcedIds\", ','), [{schools}])"
        elif kind == "demographics":
            inside = 'hash("sourcedId") IN (SELECT k FROM scoped_users)'
        elif SCHOOL[kind] not in columns:
            # Nobody says which school it is of: only what the roster names is spoken for.
            known = "classes" if kind == "enrollments" else kind
            column = "classSourcedId" if kind == "enrollments" else "sourcedId"
            inside = f"hash({name(column)}) IN (SELECT k FROM scoped_{known})"
        else:
            inside = f"{school_of(kind, columns)} IN ({schools})"
        return f"WHERE {inside}"


def _aliases(store: Store) -> bool:
    return bool(store.value("SELECT count(*) FROM aliases"))


def _each(value: str, one: str) -> str:
    """An expression over each member `x` of a list that commas separate."""
    split = f"list_transform(string_split({value}, ','), lambda x: {one})"
    return f"CASE WHEN {value} = '' THEN '' ELSE array_to_string({split}, ',') END"


def _graded(value: str, grades: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{quoted(word)}: {quoted(code)}" for word, code in sorted(grades.items()))
    return _each(value, f"coalesce(map{{{pairs}}}[x], x)")


def _copy(store: Store, file: str, query: str, columns: tuple[str, ...]) -> Side:
    path = store.file(file)
    store.run(f"COPY ({query}) TO {quoted(str(path))} (FORMAT csv, HEADER true)")
    return Side(path, columns)
