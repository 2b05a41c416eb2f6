"""Who may be in the roster twice: someone new, and someone whose name is the same but for spelling.

A suggestion for the ministry, with evidence, that changes nothing: nobody is merged, and the plan
is the same with and without it. Two people are shown together where their names have one key
(`wasl.language.name_key`), their school and role are the same, something else agrees, and their
birth dates, where both are known, do not differ.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from integrations.identity.contract import Contract
from integrations.identity.pseudonym import Pseudonyms
from integrations.identity.rejects import Rejects
from integrations.identity.store import Store, name
from integrations.identity.tables import records, school_of
from integrations.identity.validate import Roster
from wasl.language import name_key

NAMES = ("givenName", "middleName", "familyName")
AGREE = ("grades", "identifier", "email", "phone", "birthDate")
"""What may agree besides name, school and role; one of them must."""

FEW = 1000
FILE = "possible-duplicates.csv"
_SHOWN = ("sourcedId", "school", "role", *NAMES, *AGREE)


@dataclass(frozen=True, slots=True)
class Possible:
    """Two people who may be one, by their ids at the partner, and what speaks for it."""

    new: str
    other: str
    school: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggested:
    """The first of them, and how many there are."""

    pairs: tuple[Possible, ...] = ()
    count: int = 0


def suggest(store: Store, roster: Roster, contract: Contract, rejects: Rejects) -> Suggested:
    """Look at everybody in the schools of those whom the table `changes` makes.

    Names and ids go to `rejects` alone, which only the ministry can read.
    """
    new = "SELECT count(*) FROM changes WHERE kind = 'users' AND action = 'create'"
    if "users" not in roster.package.files or not store.value(new):
        return Suggested()
    people = _people(roster, contract)
    store.db.create_function("spelling", _spelling, ["VARCHAR"], "VARCHAR")
    store.db.create_function("name_key", _key, ["VARCHAR"] * 3, "VARCHAR")
    try:
        _note_alike(store, people, _schools(contract, people))
    finally:
        store.db.remove_function("spelling")
        store.db.remove_function("name_key")
    count = int(store.value(f"SELECT count(*) FROM ({_PAIRS})"))
    rows = list(store.rows(f"{_PAIRS} ORDER BY a.id, b.id LIMIT {FEW}")) if count else []
    _tell(rows, rejects)
    return Suggested(tuple(_possible(*row) for row in rows), count)


def _key(given: str, middle: str, family: str) -> str:
    """The key of a whole name; one word alone says too little."""
    key = name_key(given, middle, family)
    return key if " " in key else ""


def _spelling(part: str) -> str:
    """What the key of a whole name holds of one part of it, without blanks.

    Before another word, for a part that is بن alone then counts for nothing, as in a whole name.
    """
    return name_key("x", part).replace(" ", "")[1:]


def _schools(contract: Contract, people: str) -> str:
    """A query for the schools of those whom the table `changes` makes."""
    if contract.fields["users"].get("orgSourcedIds") != "plain":
        return f"SELECT DISTINCT school FROM ({people}) WHERE fresh"
    listed = "list_filter(diffs, lambda x: x.f = 'orgSourcedIds')[1].a"
    return (
        f"SELECT DISTINCT unnest(string_split({listed}, ',')) AS school FROM changes"
        " WHERE kind = 'users' AND action = 'create'"
    )


def _people(roster: Roster, contract: Contract) -> str:
    """Everybody in the roster: id at the partner, what is compared, and whether newly made."""
    file = roster.package.files["users"]
    secret = contract.fields["users"]["sourcedId"] == "pseudonym"
    space = contract.space("users", "sourcedId")
    key = Pseudonyms.sql(space, 'u."sourcedId"') if secret else 'u."sourcedId"'
    columns = ", ".join(f"u.{name(one)}" for one in ("sourcedId", "role", *NAMES, *AGREE[:-1]))
    source = records(file.path, file.columns, file.head.newline)
    born, join = "''", ""
    other = roster.package.files.get("demographics")
    if other is not None:
        born = "coalesce(d.\"birthDate\", '')"
        there = records(other.path, other.columns, other.head.newline)
        join = f' LEFT JOIN {there} d ON d."sourcedId" = u."sourcedId"'
    return (
        f"SELECT *, id IN (SELECT rid FROM changes WHERE kind = 'users' AND action = 'create')"
        f" AS fresh FROM (SELECT {key} AS id, {school_of('users', file.columns, 'u.')} AS school,"
        f' {columns}, {born} AS "birthDate" FROM {source} u{join})'
    )


def _note_alike(store: Store, people: str, schools: str) -> None:
    """`alike`: those who share name, school and role (together: `g`) with someone newly made.

    Numbers first, so that few of many millions of people are ever held; and each part of a name is
    spelled once, for parts are few and names are many. Whole names are looked at among those few.
    """
    there = f"SELECT * FROM ({people}) WHERE school IN ({schools})"
    parts = ", ".join(map(name, NAMES))
    store.run(
        "CREATE OR REPLACE TABLE parts AS SELECT part, spelling(part) AS spelled FROM"
        f" (SELECT DISTINCT unnest([{parts}]) AS part FROM ({there}))"
    )
    joins = " ".join(
        f"JOIN parts p{number} ON p{number}.part = {name(one)}" for number, one in enumerate(NAMES)
    )
    spelled = "concat(" + ", ".join(f"p{number}.spelled" for number in range(len(NAMES))) + ")"
    store.run(
        "CREATE OR REPLACE TABLE keyed AS SELECT hash(id) AS p, fresh,"
        f" hash(school, role, {spelled}) AS g FROM ({there}) {joins} WHERE {spelled} <> ''"
    )
    store.run(
        "CREATE OR REPLACE TABLE several AS SELECT p, g FROM keyed WHERE g IN"
        " (SELECT g FROM keyed GROUP BY g HAVING count(*) > 1 AND bool_or(fresh))"
    )
    store.run("DROP TABLE keyed")
    store.run("DROP TABLE parts")
    store.run(
        f"CREATE OR REPLACE TABLE alike AS SELECT s.g, name_key({parts}) AS key, x.*"
        f" FROM ({people}) x JOIN several s ON s.p = hash(x.id)"
    )


def _agrees(field: str) -> str:
    return f"a.{name(field)} <> '' AND a.{name(field)} = b.{name(field)}"


_EVIDENCE = ", ".join(f"CASE WHEN {_agrees(field)} THEN '{field}' END" for field in AGREE)
_SPELLED = " OR ".join(f"a.{name(field)} <> b.{name(field)}" for field in NAMES)
_OF = ", ".join(f"{side}.{name(one)}" for side in "ab" for one in _SHOWN)
_PAIRS = (
    f"SELECT a.id, b.id, a.school, {_SPELLED}, list_filter([{_EVIDENCE}], lambda x: x IS NOT NULL),"
    f" {_OF} FROM alike a JOIN alike b USING (g, key) WHERE key <> '' AND a.fresh AND a.id <> b.id"
    " AND (NOT b.fresh OR a.id < b.id)"
    ' AND (a."birthDate" = \'\' OR b."birthDate" = \'\' OR a."birthDate" = b."birthDate")'
    f" AND ({' OR '.join(f'({_agrees(field)})' for field in AGREE)})"
)


def _possible(
    new: str, other: str, school: str, spelled: bool, agree: Sequence[str], *_: str
) -> Possible:
    words = "the same name, spelled otherwise" if spelled else "the same name"
    return Possible(new, other, school, (words, "school", "role", *agree))


def _tell(rows: Sequence[Sequence[object]], rejects: Rejects) -> None:
    """Both people in full, one a line, for whoever can look into it."""
    if not rows or not rejects.readable:
        return
    write = rejects.writer(FILE)
    try:
        for line in _lines(rows):
            write(line)
    finally:
        write.close()


def _lines(rows: Sequence[Sequence[object]]) -> Iterator[bytes]:
    yield _csv(("pair", *_SHOWN))
    for number, row in enumerate(rows, 1):
        people = row[5:]
        half = len(people) // 2
        yield _csv((number, *people[:half]))
        yield _csv((number, *people[half:]))


def _csv(values: Sequence[object]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
