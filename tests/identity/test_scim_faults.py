"""SCIM services that shift under the reading, lose answers or give none: each when a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.identity.http import Unreachable
from integrations.identity.scim.mapping import CARRIED
from integrations.identity.scim.reading import Known, read
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


def _once(change: Callable[[Users], None]) -> Callable[[Users], None]:
    changes = [change]
    return lambda users: changes.pop()(users) if changes else None


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
