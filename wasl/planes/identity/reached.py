"""Whom a roster that was carried out reaches: counts alone, for the journal and the board."""

from __future__ import annotations

from integrations.identity.apply import Applied
from integrations.identity.oneroster.package import RosterFile
from integrations.identity.store import Store, quoted
from integrations.identity.tables import records, school_of
from integrations.identity.validate import Roster
from wasl.planes.identity.setting import Setting

REACHED = "identity.reached"
"""The journal's verb for these counts."""


def reached(roster: Roster, setting: Setting, store: Store, applied: Applied) -> dict[str, int]:
    """Learners, teachers and learners' schools in the roster's scope; nothing for a delta roster.

    `unconfirmed` are accounts of this run that the partner did not accept: at most that many of the
    learners and teachers are not there.
    """
    users = roster.package.files.get("users")
    if users is None or users.mode != "bulk":
        return {}
    school = school_of("users", users.columns)
    rows = f"{records(users.path, users.columns, users.head.newline)} {_inside(setting, users)}"

    def count(what: str, role: str) -> int:
        query = f"SELECT {what} FROM {rows} AND role = {quoted(role)}"  # noqa: S608 - own names
        return int(store.value(query))

    return {
        "learners": count("count(*)", "student"),
        "teachers": count("count(*)", "teacher"),
        "schools": count(f"count(DISTINCT {school})", "student"),
        "unconfirmed": sum(
            number
            for (kind, action, outcome), number in applied.counts.items()
            if kind == "users" and action != "delete" and outcome != "accepted"
        ),
    }


def _inside(setting: Setting, users: RosterFile) -> str:
    """Who is active, and at a school that the roster speaks for."""
    source = setting.identity.source
    active = "true" if "status" not in users.columns else "status <> 'tobedeleted'"
    if source is None or source.scope.schools is None:
        return f"WHERE {active}"
    names = ", ".join(map(quoted, source.scope.schools))
    return f"WHERE {active} AND {school_of('users', users.columns)} IN ({names})"
