"""OneRoster 1.1's JSON and its CSV rows, turned into each other.

Source: OneRoster 1.1, section 4 (data model and JSON binding). Only the fields asked for are
written; what the JSON holds besides is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.identity.tables import one_line

# JSON name and guidRef type of the columns that are references.
_REFS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "orgs": {"parentSourcedId": ("parent", "org")},
    "academicSessions": {"parentSourcedId": ("parent", "academicSession")},
    "courses": {
        "schoolYearSourcedId": ("schoolYear", "academicSession"),
        "orgSourcedId": ("org", "org"),
    },
    "classes": {
        "courseSourcedId": ("course", "course"),
        "schoolSourcedId": ("school", "org"),
        "termSourcedIds": ("terms", "academicSession"),
    },
    "users": {"orgSourcedIds": ("orgs", "org"), "agentSourcedIds": ("agents", "user")},
    "enrollments": {
        "classSourcedId": ("class", "class"),
        "schoolSourcedId": ("school", "org"),
        "userSourcedId": ("user", "user"),
    },
}
_LISTS = frozenset({"grades", "subjects", "subjectCodes", "periods"})
_USER_ID = re.compile(r"\{([^:{}]*):([^{}]*)\}")

SINGULAR = {
    "orgs": "org",
    "academicSessions": "academicSession",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "enrollments": "enrollment",
    "demographics": "demographics",
}


def to_json(kind: str, row: Mapping[str, str], base: str) -> dict[str, Any]:
    """One record as JSON, under its singular name. `base` is the service's URL for hrefs."""
    record: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    for column, value in row.items():
        if column.startswith("metadata."):
            metadata[column.removeprefix("metadata.")] = value
        elif column in _REFS.get(kind, {}):
            name, refers = _REFS[kind][column]
            refs = [_ref(base, refers, one) for one in value.split(",") if one]
            record[name] = refs if column.endswith("Ids") else (refs[0] if refs else None)
        elif column in _LISTS:
            record[column] = [one for one in value.split(",") if one]
        elif column == "userIds":
            found = _USER_ID.findall(value)
            record[column] = [{"type": type_, "identifier": one} for type_, one in found]
        else:
            record[column] = value
    if metadata:
        record["metadata"] = metadata
    return {SINGULAR[kind]: record}


def to_row(kind: str, record: Mapping[str, Any], columns: Iterable[str]) -> dict[str, str]:
    """One JSON record as a row of `columns`; what is missing is empty."""
    return {column: _column(kind, record, column) for column in columns}


def _column(kind: str, record: Mapping[str, Any], column: str) -> str:
    if column.startswith("metadata."):
        return text((record.get("metadata") or {}).get(column.removeprefix("metadata.")))
    if column in _REFS.get(kind, {}):
        value = record.get(_REFS[kind][column][0])
        refs = value if isinstance(value, list) else [value] if value else []
        return ",".join(text(ref.get("sourcedId")) for ref in refs if isinstance(ref, dict))
    value = record.get(column)
    if column in _LISTS:
        return ",".join(map(text, value)) if isinstance(value, list) else text(value)
    if column == "userIds" and isinstance(value, list):
        pairs = ((text(one.get("type")), text(one.get("identifier"))) for one in value)
        return ",".join(f"{{{type_}:{one}}}" for type_, one in pairs)
    return text(value)


def _ref(base: str, refers: str, key: str) -> dict[str, str]:
    plural = {"class": "classes"}.get(refers, f"{refers}s")
    return {"href": f"{base}/{plural}/{key}", "sourcedId": key, "type": refers}


def text(value: Any) -> str:
    """A JSON value as a CSV of ours holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return one_line(str(value))
