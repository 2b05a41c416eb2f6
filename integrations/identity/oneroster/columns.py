"""OneRoster's rostering files as data: every standard column, in order, with what it may hold.

Sources: OneRoster 1.1 CSV tables, section 4; OneRoster CSV Binding 1.2.1, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Version = Literal["1.1", "1.2"]
Type = Literal["id", "ids", "text", "list", "phone", "bool", "date", "datetime", "year", "enum"]

ID_LIMIT = 255
TEXT_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Column:
    """One standard column. `refers` names the file that an id must be found in."""

    name: str
    type: Type = "text"
    required: bool = False
    refers: str = ""
    words: frozenset[str] = frozenset()

    @property
    def limit(self) -> int:
        """The longest value accepted, in bytes of UTF-8."""
        return ID_LIMIT if self.type == "id" else TEXT_LIMIT


def _id(name: str, refers: str = "", required: bool = False) -> Column:
    return Column(name, "id", required, refers)


def _ids(name: str, refers: str = "", required: bool = False) -> Column:
    return Column(name, "ids", required, refers)


def _must(name: str, of: Type = "text") -> Column:
    return Column(name, of, required=True)


def _enum(name: str, *words: str, required: bool = True) -> Column:
    return Column(name, "enum", required, words=frozenset(words))


def _texts(names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names.split())


BASE = (_id("sourcedId", required=True), Column("status"), Column("dateLastModified"))

_PEOPLE = (
    "administrator",
    "aide",
    "guardian",
    "parent",
    "proctor",
    "relative",
    "student",
)
_SESSIONS = (
    *BASE,
    _must("title"),
    _enum("type", "gradingPeriod", "semester", "schoolYear", "term"),
    _must("startDate", "date"),
    _must("endDate", "date"),
    _id("parentSourcedId", "academicSessions"),
    _must("schoolYear", "year"),
)
_ORGS = (
    *BASE,
    _must("name"),
    _enum("type", "department", "school", "district", "local", "state", "national"),
    Column("identifier"),
    _id("parentSourcedId", "orgs"),
)
_COURSES = (
    *BASE,
    _id("schoolYearSourcedId", "academicSessions"),
    _must("title"),
    Column("courseCode"),
    Column("grades", "list"),
    _id("orgSourcedId", "orgs", required=True),
    Column("subjects", "list"),
    Column("subjectCodes", "list"),
)
_CLASSES = (
    *BASE,
    _must("title"),
    Column("grades", "list"),
    _id("courseSourcedId", "courses", required=True),
    Column("classCode"),
    _enum("classType", "homeroom", "scheduled"),
    Column("location"),
    _id("schoolSourcedId", "orgs", required=True),
    _ids("termSourcedIds", "academicSessions", required=True),
    Column("subjects", "list"),
    Column("subjectCodes", "list"),
    Column("periods", "list"),
)
_ENROLLMENTS = (
    *BASE,
    _id("classSourcedId", "classes", required=True),
    _id("schoolSourcedId", "orgs", required=True),
    _id("userSourcedId", "users", required=True),
    _enum("role", "administrator", "aide", "proctor", "student", "teacher"),
    Column("primary", "bool"),
    Column("beginDate", "date"),
    Column("endDate", "date"),
)
_PERSON = (
    _must("username"),
    Column("userIds", "list"),
    _must("givenName"),
    _must("familyName"),
    Column("middleName"),
    Column("identifier"),
    Column("email"),
    Column("sms", "phone"),
    Column("phone", "phone"),
    _ids("agentSourcedIds", "users"),
    Column("grades", "list"),
    Column("password"),
)
_DEMOGRAPHICS = (
    _id("sourcedId", "users", required=True),
    *BASE[1:],
    Column("birthDate", "date"),
    Column("sex", "enum", words=frozenset({"male", "female", "other", "unspecified"})),
    *(
        Column(name, "bool")
        for name in (
            "americanIndianOrAlaskaNative",
            "asian",
            "blackOrAfricanAmerican",
            "nativeHawaiianOrOtherPacificIslander",
            "white",
            "demographicRaceTwoOrMoreRaces",
            "hispanicOrLatinoEthnicity",
        )
    ),
    *_texts("countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"),
)

COLUMNS: Mapping[Version, Mapping[str, tuple[Column, ...]]] = {
    "1.1": {
        "orgs": _ORGS,
        "academicSessions": _SESSIONS,
        "courses": _COURSES,
        "classes": _CLASSES,
        "users": (
            *BASE,
            _must("enabledUser", "bool"),
            _ids("orgSourcedIds", "orgs", required=True),
            _enum("role", *_PEOPLE, "teacher"),
            *_PERSON,
        ),
        "enrollments": _ENROLLMENTS,
        "demographics": _DEMOGRAPHICS,
    },
    "1.2": {
        "orgs": _ORGS,
        "academicSessions": _SESSIONS,
        "courses": _COURSES,
        "classes": _CLASSES,
        "users": (
            *BASE,
            _must("enabledUser", "bool"),
            *_PERSON,
            *_texts(
                "userMasterIdentifier resourceSourcedIds preferredGivenName preferredMiddleName "
                "preferredFamilyName"
            ),
            _id("primaryOrgSourcedId", "orgs"),
            Column("pronouns"),
        ),
        "roles": (
            *BASE,
            _id("userSourcedId", "users", required=True),
            _enum("roleType", "primary", "secondary"),
            _enum(
                "role",
                *("aide", "counselor", "districtAdministrator", "guardian", "parent"),
                *("principal", "proctor", "relative", "siteAdministrator", "student"),
                *("systemAdministrator", "teacher"),
            ),
            Column("beginDate", "date"),
            Column("endDate", "date"),
            _id("orgSourcedId", "orgs", required=True),
            _id("userProfileSourcedId", "userProfiles"),
        ),
        "userProfiles": (
            *BASE,
            _id("userSourcedId", "users", required=True),
            _must("profileType"),
            _must("vendorId"),
            Column("applicationId"),
            Column("description"),
            _must("credentialType"),
            _must("username"),
            Column("password"),
        ),
        "enrollments": _ENROLLMENTS,
        "demographics": _DEMOGRAPHICS,
    },
}
"""By version and file, in the order in which records may be made: referred to comes first."""

OTHER_FILES: Mapping[Version, tuple[str, ...]] = {
    "1.1": (
        *(
            "categories",
            "classResources",
            "courseResources",
            "lineItems",
            "resources",
            "results",
        ),
    ),
    "1.2": (
        *(
            "categories",
            "lineItems",
            "results",
            "scoreScales",
            "lineItemLearningObjectiveIds",
        ),
        *(
            "lineItemScoreScales",
            "resultLearningObjectiveIds",
            "resultScoreScales",
            "resources",
        ),
        *("classResources", "courseResources", "userResources"),
    ),
}
"""Files of the standard that are no part of rostering: known, and not read."""

KINDS = tuple(COLUMNS["1.1"])
PERSONAL = frozenset({"users", "enrollments", "demographics", "roles", "userProfiles"})
"""Kinds whose records are about a person, even by their sourcedIds alone."""


def header(version: Version, kind: str) -> tuple[str, ...]:
    """The standard columns of a file, in order."""
    return tuple(column.name for column in COLUMNS[version][kind])
