"""OneRoster 1.2 read as 1.1 and back, with a count of whatever has no place on the other side.

1.2 took a user's role and organisations out of users.csv into roles.csv and renamed administrators
(OneRoster CSV Binding 1.2.1, section 1: changes). All other rostering files have the same columns.
Passwords come along in neither direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from integrations.identity.inspect import beside, head
from integrations.identity.oneroster.columns import COLUMNS, Version, header
from integrations.identity.oneroster.package import Package, RosterFile
from integrations.identity.store import Store, name, quoted
from integrations.identity.tables import records
from wasl.result import Message

# 1.2's roles that 1.1 has no word for.
_OLDER = {
    "districtAdministrator": "administrator",
    "siteAdministrator": "administrator",
    "systemAdministrator": "administrator",
    "principal": "administrator",
    "counselor": "aide",
}
_NEWER = {"administrator": "siteAdministrator"}
_ONLY_NEW = (
    *("userMasterIdentifier", "resourceSourcedIds", "preferredGivenName", "preferredMiddleName"),
    *("preferredFamilyName", "pronouns"),
)


_ADMINISTRATOR, _FURTHER, _WORDLESS = "kind of administrator", "further roles", "role"
_SAID = {
    _ADMINISTRATOR: "identity.lost.administrator",
    _FURTHER: "identity.lost.further",
    _WORDLESS: "identity.lost.role",
}
"""What is lost and is no column."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that the other version has no place for: how many records held it."""

    what: str
    records: int

    @property
    def words(self) -> Message:
        """For people."""
        what = Message(_SAID[self.what]) if self.what in _SAID else self.what
        told = {"what": what, "count": str(self.records)}
        return Message("identity.note.lost", told)


@dataclass(frozen=True)
class Converted:
    """A package of the other version, and what did not come along."""

    package: Package
    losses: tuple[Loss, ...]


def to_1_1(package: Package, store: Store) -> Converted:
    """A 1.2 package as 1.1: role and organisations from roles.csv, the primary one first."""
    users, roles = package.files.get("users"), package.files.get("roles")
    files = _same(package, "1.1")
    losses: list[Loss] = []
    if users is not None:
        losses += [*_lost_users(store, users), _passwords(store, users)]
        files["users"] = _older_users(store, users, roles)
    if roles is not None:
        losses += _lost_roles(store, roles)
    if "userProfiles" in package.files:
        losses.append(Loss("userProfiles.csv", _count(store, package.files["userProfiles"])))
    kept = tuple(loss for loss in losses if loss.records)
    return Converted(Package("1.1", _ordered("1.1", files)), kept)


def to_1_2(package: Package, store: Store) -> Converted:
    """A 1.1 package as 1.2: one role a user and organisation, the first one primary."""
    files = _same(package, "1.2")
    users = package.files.get("users")
    losses: list[Loss] = []
    if users is not None:
        files["users"] = _newer_users(store, users)
        files["roles"] = _roles(store, users)
        vague = _count(store, users, "role = 'administrator'")
        losses.append(Loss(_ADMINISTRATOR, vague))
        losses.append(_passwords(store, users))
    kept = tuple(loss for loss in losses if loss.records)
    return Converted(Package("1.2", _ordered("1.2", files)), kept)


def _same(package: Package, version: Version) -> dict[str, RosterFile]:
    kinds = set(COLUMNS[version]) - {"users", "roles", "userProfiles"}
    return {kind: file for kind, file in package.files.items() if kind in kinds}


def _ordered(version: Version, files: Mapping[str, RosterFile]) -> dict[str, RosterFile]:
    return {kind: files[kind] for kind in COLUMNS[version] if kind in files}


def _source(file: RosterFile) -> str:
    return records(file.path, file.columns, file.head.newline)


def _count(store: Store, file: RosterFile, where: str = "true") -> int:
    return int(store.value(f"SELECT count(*) FROM {_source(file)} WHERE {where}"))


def _lost_users(store: Store, users: RosterFile) -> list[Loss]:
    return [
        Loss(f"users.{column}", _count(store, users, f"{name(column)} <> ''"))
        for column in _ONLY_NEW
    ]


def _passwords(store: Store, users: RosterFile) -> Loss:
    return Loss("users.password", _count(store, users, "\"password\" <> ''"))


def _lost_roles(store: Store, roles: RosterFile) -> list[Loss]:
    source = _source(roles)
    several = (
        f'SELECT count(*) FROM (SELECT "userSourcedId" FROM {source} GROUP BY 1'
        " HAVING count(DISTINCT role) > 1)"
    )
    vague = ", ".join(map(quoted, sorted(_OLDER)))
    dated = "\"beginDate\" <> '' OR \"endDate\" <> ''"
    return [
        Loss(_FURTHER, int(store.value(several))),
        Loss(_WORDLESS, _count(store, roles, f"role IN ({vague})")),
        Loss("roles.beginDate, roles.endDate", _count(store, roles, dated)),
    ]


def _older_users(store: Store, users: RosterFile, roles: RosterFile | None) -> RosterFile:
    columns = (*header("1.1", "users"), *users.extensions)
    older = _mapped("r.role", _OLDER)
    first = '(CASE WHEN r."orgSourcedId" = u."primaryOrgSourcedId" THEN 0 ELSE 1 END)'
    order = f'(CASE WHEN r."roleType" = \'primary\' THEN 0 ELSE 1 END), {first}, r."orgSourcedId"'
    if roles is None:
        joined, grouped = f"{_source(users)} u", ""
        org, role = 'u."primaryOrgSourcedId"', "''"
    else:
        joined = (
            f"{_source(users)} u LEFT JOIN (SELECT r.*, {older} AS older FROM {_source(roles)} r) r"
            ' ON r."userSourcedId" = u."sourcedId"'
        )
        orgs = f'list(r."orgSourcedId" ORDER BY {order}) FILTER (r."orgSourcedId" IS NOT NULL)'
        org = f"array_to_string(coalesce(list_distinct_ordered({orgs}), []), ',')"
        role = f"coalesce(first(r.older ORDER BY {order}), '')"
        grouped = " GROUP BY ALL"
        store.run(
            "CREATE OR REPLACE MACRO list_distinct_ordered(l) AS"
            " list_filter(l, lambda x, i: list_position(l, x) = i)"
        )
    made = {"orgSourcedIds": org, "role": role, "password": "''"}
    values = ", ".join(
        f"{made.get(column, 'u.' + name(column))} AS {name(column)}" for column in columns
    )
    return _write(store, users, "users", columns, f"SELECT {values} FROM {joined}{grouped}")


def _newer_users(store: Store, users: RosterFile) -> RosterFile:
    columns = (*header("1.2", "users"), *users.extensions)
    made = {
        "primaryOrgSourcedId": "split_part(\"orgSourcedIds\", ',', 1)",
        "password": "''",
    }
    values = ", ".join(
        f"{made.get(column, name(column) if column in users.columns else quoted(''))}"
        f" AS {name(column)}"
        for column in columns
    )
    return _write(store, users, "users", columns, f"SELECT {values} FROM {_source(users)}")


def _roles(store: Store, users: RosterFile) -> RosterFile:
    columns = header("1.2", "roles")
    each = (
        'SELECT "sourcedId" AS u, role, unnest(string_split("orgSourcedIds", \',\')) AS org,'
        " unnest(range(len(string_split(\"orgSourcedIds\", ',')))) AS n"
        f" FROM {_source(users)} WHERE \"orgSourcedIds\" <> ''"
    )
    made = {
        "sourcedId": "concat(u, '-', n)",
        "userSourcedId": "u",
        "roleType": "CASE WHEN n = 0 THEN 'primary' ELSE 'secondary' END",
        "role": _mapped("role", _NEWER),
        "orgSourcedId": "org",
    }
    values = ", ".join(f"{made.get(column, quoted(''))} AS {name(column)}" for column in columns)
    return _write(store, users, "roles", columns, f"SELECT {values} FROM ({each})")


def _mapped(value: str, words: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {quoted(one)} THEN {quoted(other)}" for one, other in words.items())
    return f"CASE {value} {cases} ELSE {value} END"


def _write(
    store: Store, like: RosterFile, kind: str, columns: Sequence[str], query: str
) -> RosterFile:
    path = store.file(f"converted/{kind}.csv")
    store.run(f"COPY ({query}) TO {quoted(str(path))} (FORMAT csv, HEADER true)")
    return replace(
        like, kind=kind, path=path, columns=tuple(columns), head=head(path), reading=beside(path)
    )
