"""What a SCIM service holds, laid out as a roster: so that one planner serves all targets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.identity.contract import Contract
from integrations.identity.scim.mapping import TITLE, user_row
from integrations.identity.scim.service import Service
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store
from integrations.identity.tables import one_line
from wasl.files import sha256_of

Progress = Callable[[str, int], None]
DOUBLE = "~"


@dataclass
class Known:
    """Ids and versions on the service's side, and which schools' groups a user is in."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    schools: dict[str, list[str]] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)

    def note(self, kind: str, resource: dict[str, Any], key: str) -> str:
        """Remember a resource; a second one of the same key is told apart, so that it is seen."""
        identity = str(resource.get("id"))
        if (kind, key) in self.ids:
            key = f"{key}{DOUBLE}{identity}"
            self.doubled.add(key)
        self.ids[kind, key] = identity
        self.versions[kind, key] = str((resource.get("meta") or {}).get("version") or "")
        return key


def read(
    service: Service, store: Store, contract: Contract, known: Known, progress: Progress
) -> Snapshot:
    """Read groups, then users. Resources without an externalId of ours are nobody's business."""
    groups: dict[str, list[dict[str, str]]] = {"orgs": [], "classes": []}
    members: list[tuple[str, str]] = []
    schools: dict[str, list[str]] = {}
    for resource in service.resources("/Groups"):
        kind, _, key = one_line(str(resource.get("externalId") or "")).partition(":")
        if kind not in groups:
            continue
        key = known.note(kind, resource, key)
        title = one_line(str(resource.get("displayName") or ""))
        groups[kind].append({"sourcedId": key, TITLE[kind]: title})
        for member in resource.get("members") or []:
            if kind == "orgs":
                schools.setdefault(str(member.get("value")), []).append(key)
            else:
                members.append((key, str(member.get("value"))))
    users, touched, names = _users(service, known, schools, progress)
    enrolled = [
        {
            "sourcedId": f"{group}|{names[user]}",
            "classSourcedId": group,
            "userSourcedId": names[user],
        }
        for group, user in members
        if user in names
    ]
    tables = {**groups, "users": users, "enrollments": enrolled}
    second = [
        one["sourcedId"]
        for one in enrolled
        if known.doubled & {one["classSourcedId"], one["userSourcedId"]}
    ]
    doubled = frozenset({*known.doubled, *second})
    return replace(_written(store, contract, tables, touched), doubled=doubled)


def _users(
    service: Service, known: Known, schools: dict[str, list[str]], progress: Progress
) -> tuple[list[dict[str, str]], list[tuple[str, str]], dict[str, str]]:
    rows, touched, names = [], [], {}
    for resource in service.resources("/Users"):
        if not resource.get("externalId"):
            continue
        identity = str(resource.get("id"))
        row = user_row(resource, ",".join(sorted(schools.get(identity, []))))
        row["sourcedId"] = names[identity] = known.note("users", resource, row["sourcedId"])
        known.schools[row["sourcedId"]] = sorted(schools.get(identity, []))
        rows.append(row)
        if row["enabledUser"] == "false":
            when = str((resource.get("meta") or {}).get("lastModified") or "")
            touched.append((row["sourcedId"], when))
        progress("users read", len(rows))
    return rows, touched, names


def _written(
    store: Store,
    contract: Contract,
    tables: dict[str, list[dict[str, str]]],
    touched: Iterable[tuple[str, str]],
) -> Snapshot:
    sides, digests, rows = {}, {}, {}
    for kind in contract.fields:
        columns = contract.columns(kind)
        path = store.file(f"held/{kind}.csv")
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(sorted(tables[kind], key=lambda row: row["sourcedId"]))
        digests[kind] = sha256_of(path)
        sides[kind], rows[kind] = Side(path, columns), len(tables[kind])
    marks = store.file("held/touched.csv")
    with marks.open("w", encoding="utf-8", newline="") as stream:
        writer_ = csv.writer(stream, lineterminator="\n")
        writer_.writerow(("kind", "id", "since"))
        writer_.writerows(("users", key, when) for key, when in touched)
    return Snapshot(sides, digests, rows, marks)
