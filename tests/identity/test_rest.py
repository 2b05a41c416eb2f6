"""A partner's REST service in memory, and what it answers that no file of ours may hold."""

from __future__ import annotations

import httpx
import pytest

from integrations.identity.contract import Contract
from integrations.identity.generated import Row, Size, Tables, roster
from integrations.identity.oneroster import rest
from integrations.identity.oneroster.rest import Rest
from integrations.identity.oneroster.wire import SINGULAR, to_json
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store
from tests.identity.support import Memory, copied, planned

SMALL = roster(Size(schools=1, classes=2, pupils=3))
BASE = "https://p.example"


class _Service:
    """Answers pages of a kind's records; who is in `leaving` is gone after the first page."""

    base = BASE

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.leaving: list[Row] = []

    def json(self, path: str, params: dict[str, int]) -> tuple[object, httpx.Response]:
        kind, start = path[1:], params["offset"]
        rows = self.tables[kind]
        found = [to_json(kind, row, BASE)[SINGULAR[kind]] for row in rows]
        answer = httpx.Response(200, headers={"X-Total-Count": str(len(found))})
        self.tables[kind] = [row for row in rows if row not in self.leaving]
        return {kind: found[start : start + params["limit"]]}, answer


class _Read(Memory):
    """A target that is read by REST."""

    tables: Tables
    leaving: Row | None = None

    def snapshot(self, store: Store, contract: Contract) -> Snapshot:
        service = _Service(self.tables)
        service.leaving = [self.leaving] if self.leaving else []
        read = Rest(service)  # type: ignore[arg-type]
        return read.snapshot(store, contract, lambda what, rows: None)


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


@pytest.mark.parametrize("page", [4, 7])
def test_who_fell_between_two_pages_since_somebody_left_is_read(
    page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the last page is empty then: of eight people seven are left."""
    monkeypatch.setattr(rest, "PAGE", page)
    held = _Read()
    held.tables = copied(SMALL)
    assert len(held.tables["users"]) == 8
    held.leaving = held.tables["users"][1]
    with planned(SMALL, held) as made:
        assert made.changes() == {("users", "create", held.leaving["sourcedId"], "new")}
