"""What the standards show of their messages, by section, beside what is read and sent here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from integrations.identity.apply import Operation
from integrations.identity.http import Http
from integrations.identity.oneroster.columns import header
from integrations.identity.oneroster.wire import SINGULAR, to_json, to_row
from integrations.identity.scim.reading import Known
from integrations.identity.scim.sending import ScimSender
from integrations.identity.scim.service import Offer, Service

SAMPLES = Path(__file__).parent / "samples"
ONEROSTER = json.loads((SAMPLES / "oneroster_1_1_section_4.json").read_text("utf-8"))
SCIM = json.loads((SAMPLES / "rfc_7644_section_3.json").read_text("utf-8"))
BASE = "https://p.example/ims/oneroster/v1p1"

ROWS: Mapping[str, Mapping[str, str]] = {
    "academicSessions": {"parentSourcedId": "y1", "type": "term", "schoolYear": "2027"},
    "orgs": {"parentSourcedId": "d1", "name": "مدرسة النور", "identifier": "10071"},
    "classes": {
        "grades": "7",
        "courseSourcedId": "c1",
        "schoolSourcedId": "s1",
        "termSourcedIds": "t1,t2",
        "subjectCodes": "sci",
        "periods": "1,3",
    },
    "users": {
        "orgSourcedIds": "s1",
        "agentSourcedIds": "p1",
        "userIds": "{LDAP:u0001@moe.example}",
        "enabledUser": "true",
        "grades": "7",
        "metadata.section": "أ",
    },
    "enrollments": {
        "classSourcedId": "k1",
        "schoolSourcedId": "s1",
        "userSourcedId": "u1",
        "primary": "false",
        "endDate": "",
    },
}


@pytest.mark.parametrize("kind", sorted(ROWS))
def test_oneroster_1_1_section_4(kind: str) -> None:
    """Each record is read into these columns, and written as the standard shows it."""
    record = ONEROSTER[kind][SINGULAR[kind]]
    columns = [*header("1.1", kind), *(one for one in ROWS[kind] if one.startswith("metadata."))]
    row = to_row(kind, record, columns)
    assert {name: row[name] for name in ROWS[kind]} == ROWS[kind]
    written = to_json(kind, row, BASE)[SINGULAR[kind]]
    assert written == {name: record[name] for name in written}
    assert set(record) - set(written) <= {"children", "metadata"}


class _Answering(Service):
    """A service that answers what the standard shows; what was sent is kept."""

    def post(self, path: str, body: Mapping[str, Any] | bytes) -> httpx.Response:
        SENT.append(json.loads(body) if isinstance(body, bytes) else dict(body))
        if path == "/Bulk":
            return httpx.Response(200, json=SCIM["3.7.3 response"])
        return httpx.Response(409, json=SCIM["3.12"])

    def patch(self, path: str, body: Mapping[str, Any], version: str = "") -> httpx.Response:
        SENT.append(dict(body))
        return httpx.Response(204)


SENT: list[dict[str, Any]] = []


@pytest.fixture
def sender() -> ScimSender:
    SENT.clear()
    offer = Offer(1000, 1 << 20, False, False, True, 100, False, False, True)
    return ScimSender(_Answering(cast("Http", None), offer), Known())


def test_rfc_7644_sections_3_7_and_3_12_bulk_and_a_clash(sender: ScimSender) -> None:
    rows = [{"sourcedId": f"u{n}", "username": f"u000{n}", "enabledUser": "true"} for n in (1, 2)]
    receipts = sender.send([Operation("users", "create", row, "active", ()) for row in rows])
    assert SENT[0] == SCIM["3.7 request"]
    assert [one.outcome for one in receipts] == ["accepted", "rejected"]
    assert "409" in receipts[1].why
    assert "u0002" not in receipts[1].why
    assert sender.known.ids["users", "u1"] == "id-u1"


def test_rfc_7644_section_3_5_2_members_come_and_go(sender: ScimSender) -> None:
    sender.known.ids |= {("users", "u1"): "id-u1", ("classes", "k1"): "id-k1"}
    row = {"sourcedId": "k1|u1", "classSourcedId": "k1", "userSourcedId": "u1"}
    (joined,) = sender.send([Operation("enrollments", "create", row, "active", ())])
    (left,) = sender.send([Operation("enrollments", "delete", row, "tobedeleted", ())])
    assert (joined.outcome, left.outcome) == ("accepted", "accepted")
    assert [SCIM["3.5.2.1"], SCIM["3.5.2.2"]] == SENT
