"""What of a roster SCIM carries, and how: users, schools and classes as Groups, enrolments as
members. Role and grades travel in an extension of our own, where the server declares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scim2_models import URN, Email, Extension, Group, Name, User

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


class RosterUser(Extension):
    """Role and grades of a person (RFC 7643, section 3.3: extensions)."""

    __schema__ = URN(EXTENSION)

    role: str | None = None
    """The OneRoster role."""

    grades: list[str] | None = None
    """The grades, by their codes in the country's table."""


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


def user_of(row: Mapping[str, str]) -> User[Any]:
    """A row as a SCIM user."""
    extended = EXTENDED & row.keys()
    model: Any = User[RosterUser] if extended else User
    user: User[Any] = model(
        external_id=row["sourcedId"],
        user_name=row.get("username") or row["sourcedId"],
        active=row.get("enabledUser", "true") != "false",
        name=Name(
            given_name=row.get("givenName") or None,
            family_name=row.get("familyName") or None,
            middle_name=row.get("middleName") or None,
        ),
    )
    if row.get("email"):
        user.emails = [Email(value=row["email"], primary=True)]
    if extended:
        grades = [grade for grade in row.get("grades", "").split(",") if grade]
        user[RosterUser] = RosterUser(role=row.get("role") or None, grades=grades or None)
    return user


def group_of(kind: str, row: Mapping[str, str]) -> Group:
    """A school or class as a SCIM group, without members."""
    key = row["sourcedId"]
    return Group(external_id=group_key(kind, key), display_name=row.get(TITLE[kind]) or key)


def user_row(resource: Mapping[str, Any], orgs: str) -> dict[str, str]:
    """A SCIM user as a row. `orgs` is what the schools' groups say of it."""
    names = resource.get("name") or {}
    extended = resource.get(EXTENSION) or {}
    emails = resource.get("emails") or []
    main = next((mail for mail in emails if mail.get("primary")), emails[0] if emails else {})
    return {
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
