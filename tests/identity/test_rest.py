"""A partner's REST service in memory, and what it answers that no file of ours may hold."""

from __future__ import annotations

import httpx

from integrations.identity.contract import Contract
from integrations.identity.generated import Size, Tables, roster
from integrations.identity.oneroster.rest import Rest
from integrations.identity.oneroster.wire import SINGULAR, to_json
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store
from tests.identity.support import Memory, copied, planned

SMALL = roster(Size(schools=1, classes=2, pupils=3))
BASE = "https://p.example"


class _Service:
    """Answers every record of a kind in one page."""

    base = BASE

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def json(self, path: str, params: object) -> tuple[object, httpx.Response]:
        kind = path[1:]
        found = [to_json(kind, row, BASE)[SINGULAR[kind]] for row in self.tables[kind]]
        return {kind: found}, httpx.Response(200, headers={"X-Total-Count": str(len(found))})


class _Read(Memory):
    """A target that is read by REST."""

    tables: Tables

    def snapshot(self, store: Store, contract: Contract) -> Snapshot:
        rest = Rest(_Service(self.tables))  # type: ignore[arg-type]
        return rest.snapshot(store, contract, lambda what, rows: None)


def test_a_line_break_in_a_value_of_the_partner_s_is_a_blank() -> None:
    held = _Read()
    held.tables = copied(SMALL)
    class_, pupil = held.tables["classes"][0], held.tables["users"][1]
    class_["title"] = "أ\nب"
    pupil["givenName"] = pupil["givenName"] + "\r\n"
    with planned(SMALL, held) as made:
        assert made.changes() == {
            ("classes", "update", class_["sourcedId"], "differs"),
            ("users", "update", pupil["sourcedId"], "differs"),
        }
    after = copied(SMALL)
    after["classes"][0]["title"] = "أ ب"
    after["users"][1]["givenName"] += " "
    with planned(after, held) as made:
        assert made.changes() == set()


def test_what_the_partner_writes_as_null_is_no_word() -> None:
    held = _Read()
    held.tables = copied(SMALL)
    for user in held.tables["users"]:
        user["enabledUser"] = "false"
        user["dateLastModified"] = None  # type: ignore[assignment]
    with planned(SMALL, held) as made:
        touched = made.plan.store.folder / "held/touched.csv"
        assert "None" not in touched.read_text("utf-8")
