"""SCIM services that shift under the reading, lose answers or give none: each when a test says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.identity.apply import Operation
from integrations.identity.http import Unreachable
from integrations.identity.scim.mapping import CARRIED
from integrations.identity.scim.reading import Known, read
from integrations.identity.scim.sending import ScimSender
from integrations.identity.scim.service import Offer, Service
from integrations.identity.store import scratch
from tests.identity.support import whole_contract

OFFER = Offer(
    bulk_operations=0,
    bulk_bytes=0,
    filter=True,
    etag=False,
    patch=True,
    page=2,
    cursor=False,
    extension=False,
    external=True,
)
Users = list[dict[str, Any]]


class _Paged:
    """Users by index or cursor, as a service pages them; `between` is called after every page."""

    base = "http://scim.example"

    def __init__(self, users: Users, between: Callable[[Users], None]) -> None:
        self.users, self.between = users, between

    def json(self, path: str, params: dict[str, Any]) -> tuple[Any, httpx.Response]:
        start = int(params.get("startIndex") or params["cursor"] or 1) - 1
        end = start + params["count"]
        body = {"totalResults": len(self.users), "Resources": self.users[start:end]}
        if "cursor" in params and end < len(self.users):
            body["nextCursor"] = str(end + 1)
        self.between(self.users)
        return body, httpx.Response(200)


class _Held:
    """A service that holds these groups and users."""

    def __init__(self, **held: Users) -> None:
        self.held = held

    def resources(self, path: str) -> Iterator[dict[str, Any]]:
        yield from self.held[path[1:]]


def _user(number: int) -> dict[str, Any]:
    return {"id": f"u{number}", "externalId": str(number)}


def _read(count: int, between: Callable[[Users], None], offer: Offer = OFFER) -> list[str]:
    http = _Paged([_user(number) for number in range(count)], between)
    service = Service(http, offer)  # type: ignore[arg-type]
    known = Known()
    for resource in service.resources("/Users"):
        known.note("users", resource, resource["externalId"])
    assert not known.doubled
    return sorted(key for _, key in known.ids)


def _once(change: Callable[[Users], object]) -> Callable[[Users], None]:
    changes = [change]

    def between(users: Users) -> None:
        if changes:
            changes.pop()(users)

    return between


def test_who_stands_on_two_pages_since_somebody_was_added_is_one_person() -> None:
    assert _read(4, _once(lambda users: users.insert(0, _user(9)))) == ["0", "1", "2", "3", "9"]


@pytest.mark.parametrize("count", [3, 5])
def test_who_fell_between_two_pages_since_somebody_left_is_read(count: int) -> None:
    found = _read(count, _once(lambda users: users.pop(0)))
    assert found == [str(number) for number in range(count)]


def test_a_service_that_never_stays_as_it_is_is_no_state() -> None:
    with pytest.raises(Unreachable, match="kept changing"):
        _read(3, lambda users: users.append(_user(len(users))))


def test_a_line_break_in_a_value_of_the_service_s_is_a_blank(tmp_path: Path) -> None:
    """And a key is the same wherever it stands."""
    group = {"id": "g", "externalId": "orgs:s\n1", "displayName": "مدرسة\nالنور"}
    user = {**_user(1), "externalId": "a\nb", "name": {"givenName": "سعاد\n"}}
    group["members"] = [{"value": user["id"]}]  # type: ignore[assignment]
    known = Known()
    service = _Held(Groups=[group], Users=[user])
    contract = whole_contract().within(CARRIED)
    with scratch(tmp_path) as store:
        snapshot = read(service, store, contract, known, lambda *_: None)  # type: ignore[arg-type]
        texts = [snapshot.sides[kind].path.read_text("utf-8") for kind in ("orgs", "users")]
    assert [len(text.splitlines()) for text in texts] == [2, 2]
    assert "s 1,مدرسة النور" in texts[0]
    assert known.schools == {"a b": ["s 1"]}
    assert set(known.ids) == {("orgs", "s 1"), ("users", "a b")}


def test_a_cursor_s_pages_do_not_shift() -> None:
    cursor = replace(OFFER, cursor=True)
    found = _read(3, lambda users: users.append(_user(len(users))), cursor)
    assert {"0", "1", "2"} <= set(found)


class _Losing:
    """Makes what it is sent, and answers as a test says; lists what was posted."""

    def __init__(self, offer: Offer, answer: Callable[[str], httpx.Response]) -> None:
        self.offer, self.answer = offer, answer
        self.made: list[str] = []

    def post(self, path: str, body: Any) -> httpx.Response:
        sent = json.loads(body) if isinstance(body, bytes) else body
        entries = [one["data"] for one in sent["Operations"]] if path == "/Bulk" else [sent]
        for one in entries[:2]:  # of a Bulk, as much as it did before it broke off
            self.made.append(one["externalId"])
        return self.answer(path)

    def find(self, path: str, external: str) -> dict[str, Any] | None:
        if self.answer is _unreachable:
            raise Unreachable("GET failed", "scim.example")
        there = self.offer.filter and external in self.made
        return {"id": f"id-{external}"} if there else None


def _unreachable(path: str) -> httpx.Response:
    raise Unreachable("POST failed", "scim.example")


def _lost(path: str) -> httpx.Response:
    if path == "/Bulk":
        raise Unreachable("POST failed", "scim.example")
    return httpx.Response(201, json={"id": "id-later"})


def _no_json(path: str) -> httpx.Response:
    if path == "/Bulk":
        return httpx.Response(200, content=b"<html>")
    return httpx.Response(201, json={"id": "id-later"})


BULK = replace(OFFER, bulk_operations=1000)


@pytest.mark.parametrize(
    ("offer", "answer", "posted", "outcomes"),
    [
        (BULK, _lost, ["0", "1", "2"], ["accepted"] * 3),
        (BULK, _no_json, ["0", "1", "2"], ["accepted"] * 3),
        (BULK, _unreachable, ["0", "1"], ["unknown"] * 3),
        (replace(BULK, filter=False), _lost, ["0", "1"], ["unknown"] * 3),
        (replace(BULK, filter=False), _no_json, ["0", "1"], ["unknown"] * 3),
    ],
)
def test_what_a_bulk_made_whose_answer_was_lost_is_not_made_again(
    offer: Offer,
    answer: Callable[[str], httpx.Response],
    posted: list[str],
    outcomes: list[str],
) -> None:
    service = _Losing(offer, answer)
    known = Known()
    sender = ScimSender(service, known)  # type: ignore[arg-type]
    rows = [{"sourcedId": str(number), "name": "مدرسة"} for number in range(3)]
    receipts = sender.send([Operation("orgs", "create", row, "active", ()) for row in rows])
    assert [one.outcome for one in receipts] == outcomes
    assert service.made == [f"orgs:{one}" for one in posted]
    if "accepted" in outcomes:
        ids = {key: identity for (_, key), identity in known.ids.items()}
        assert ids == {"0": "id-orgs:0", "1": "id-orgs:1", "2": "id-later"}


@pytest.mark.parametrize(
    ("headers", "identity"),
    [({"Location": "https://scim.example/Groups/g1"}, "g1"), ({}, "id-orgs:s1")],
)
def test_an_answer_without_a_body_is_one(headers: dict[str, str], identity: str) -> None:
    service = _Losing(OFFER, lambda path: httpx.Response(201, headers=headers))
    known = Known()
    sender = ScimSender(service, known)  # type: ignore[arg-type]
    row = {"sourcedId": "s1", "name": "مدرسة"}
    (receipt,) = sender.send([Operation("orgs", "create", row, "active", ())])
    assert receipt.outcome == "accepted"
    assert known.ids == {("orgs", "s1"): identity}
