"""What of a roster SCIM carries, and how: users, schools and classes as Groups, enrolments as
members. Role and grades travel in an extension of our own, where the server declares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.identity.tables import one_line

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
EXTENSION = "urn:ietf:params:scim:schemas:extension:wasl:2.0:User"

CARRIED: Mapping[str, frozenset[str]] = {
    "orgs": frozenset({"sourcedId", "name"}),
    "classes": frozenset({"sourcedId", "title"}),
    "users": frozenset(
        {
            *("sourcedId", "enabledUser", "orgSourcedIds", "username", "givenName"),
            *("familyName", "middleName", "email", "role", "grades"),
        }
    ),
    "enrollments": frozenset({"sourcedId", "classSourcedId", "userSourcedId"}),
}
EXTENDED = frozenset({"role", "grades"})
"""Fields that only our extension has a place for."""

TITLE = {"orgs": "name", "classes": "title"}
"""The field that becomes a Group's displayName."""

_NAMES = ("givenName", "familyName", "middleName")
"""Fields that SCIM calls by the same names."""

PLACES = {
    **{field: f"name.{field}" for field in _NAMES},
    "email": "emails",
    "role": f"{EXTENSION}:role",
    "grades": f"{EXTENSION}:grades",
}
"""Where a PATCH finds what a field may leave empty (RFC 7644, section 3.10)."""


SCHEMA: Mapping[str, Any] = {
    "id": EXTENSION,
    "name": "RosterUser",
    "description": "Role and grades of a person in a ministry's roster.",
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    "attributes": [
        {
            "name": name,
            "type": "string",
            "multiValued": many,
            "required": False,
            "caseExact": True,
            "mutability": "readWrite",
            "returned": "default",
            "uniqueness": "none",
            "description": about,
        }
        for name, many, about in (
            ("role", False, "The OneRoster role."),
            ("grades", True, "The grades, by their codes in the country's table."),
        )
    ],
}
"""What a server is told so that it keeps the extension (RFC 7643, section 7)."""


def group_key(kind: str, key: str) -> str:
    """A Group's externalId: schools and classes may have the same sourcedId."""
    return f"{kind}:{key}"


def user_resource(row: Mapping[str, str]) -> dict[str, Any]:
    """A row as a SCIM user (RFC 7643, section 4.1), as a create sends it.

    Put together by hand: a typed model costs as much again as all else that a create costs us.
    """
    user: dict[str, Any] = {
        "schemas": [USER],
        "externalId": row["sourcedId"],
        "userName": row.get("username") or row["sourcedId"],
        "active": row.get("enabledUser", "true") != "false",
    }
    if names := {field: row[field] for field in _NAMES if row.get(field)}:
        user["name"] = names
    if row.get("email"):
        user["emails"] = [{"value": row["email"], "primary": True}]
    if EXTENDED & row.keys():
        grades = [grade for grade in row.get("grades", "").split(",") if grade]
        extended = {"role": row.get("role"), "grades": grades}
        user["schemas"] = [USER, EXTENSION]
        user[EXTENSION] = {name: value for name, value in extended.items() if value}
    return user


def group_resource(kind: str, row: Mapping[str, str]) -> dict[str, Any]:
    """A school or class as a SCIM group (RFC 7643, section 4.2), without members."""
    key = row["sourcedId"]
    shown = row.get(TITLE[kind]) or key
    return {"schemas": [GROUP], "externalId": group_key(kind, key), "displayName": shown}


def user_row(resource: Mapping[str, Any], orgs: str) -> dict[str, str]:
    """A SCIM user as a row. `orgs` is what the schools' groups say of it."""
    names = resource.get("name") or {}
    extended = resource.get(EXTENSION) or {}
    emails = resource.get("emails") or []
    main = next((mail for mail in emails if mail.get("primary")), emails[0] if emails else {})
    row = {
        "sourcedId": str(resource.get("externalId") or ""),
        "enabledUser": "false" if resource.get("active") is False else "true",
        "orgSourcedIds": orgs,
        "username": str(resource.get("userName") or ""),
        "givenName": str(names.get("givenName") or ""),
        "familyName": str(names.get("familyName") or ""),
        "middleName": str(names.get("middleName") or ""),
        "email": str(main.get("value") or ""),
        "role": str(extended.get("role") or ""),
        "grades": ",".join(extended.get("grades") or []),
    }
    return {name: one_line(value) for name, value in row.items()}
