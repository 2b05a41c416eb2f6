"""Operations sent to a SCIM service: Bulk where offered, else one by one from several threads.

Enrolments are grouped by class and sent as member PATCHes in chunks. A create whose answer was lost
is looked for before it is sent again, so that nothing is doubled.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import httpx

from integrations.identity.apply import Operation, Receipt
from integrations.identity.http import TRIES, Unreachable
from integrations.identity.scim.mapping import PLACES, TITLE, group_resource, user_resource
from integrations.identity.scim.reading import Known
from integrations.identity.scim.service import Service

CHUNK = 100
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
_BULK_HEAD = b'{"schemas":["%s"],"Operations":[' % BULK.encode()
_ERRORS = frozenset(
    (
        *("invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath"),
        *("noTarget", "invalidValue", "invalidVers", "sensitive"),
    )
)
_PATHS = {"users": "/Users", "orgs": "/Groups", "classes": "/Groups"}


@dataclass
class ScimSender:
    """Sends to one service; `known` grows by what it makes."""

    service: Service
    known: Known
    batch: int = 1000
    workers: int = 8
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.service.offer.bulk_operations > 1:
            # One request at a time: to make it costs next to nothing, and a service that takes two
            # at once takes longer for both.
            self.batch, self.workers = self.service.offer.bulk_operations, 1

    def send(self, operations: Sequence[Operation]) -> Sequence[Receipt]:
        """One receipt an operation; all are of one kind."""
        if not operations:
            return []
        if operations[0].kind == "enrollments":
            return self._members(operations)
        creates = [one for one in operations if self._is_new(one)]
        receipts: dict[int, Receipt] = {}
        if self.service.offer.bulk_operations > 1 and len(creates) > 1:
            receipts |= self._bulk(creates)
        for one in operations:
            if id(one) not in receipts:
                receipts[id(one)] = self._one(one)
        if operations[0].kind == "users":
            self._schools(operations, receipts)
        return [receipts[id(one)] for one in operations]

    def finish(self) -> Receipt | None:
        """Every record was answered by itself."""
        return None

    def _is_new(self, operation: Operation) -> bool:
        return operation.action == "create" and operation.status == "active"

    def _one(self, operation: Operation) -> Receipt:
        try:
            if self._is_new(operation):
                return self._create(operation)
            path = f"{_PATHS[operation.kind]}/{self.known.ids[operation.kind, operation.key]}"
            if operation.status == "tobedeleted":
                response = self.service.delete(path)
                return _receipt(response, gone_is_fine=True)
            version = self.known.versions.get((operation.kind, operation.key), "")
            return _receipt(self.service.patch(path, _replace(operation), version))
        except Unreachable as error:
            return Receipt("unknown", error.what)

    def _create(self, operation: Operation) -> Receipt:
        """POST; after a lost answer or a clash, look whether it is there."""
        path, body = _PATHS[operation.kind], _resource(operation)
        lost: Unreachable | None = None
        for _ in range(TRIES):
            try:
                response = self.service.post(path, body)
            except Unreachable as error:
                lost = error
                if self._found(operation, body):
                    return Receipt("accepted")
                if not self.service.offer.filter:
                    break  # nobody can tell whether it was made: the next run reads it
                continue
            if response.status_code == 409 and self._found(operation, body):
                return Receipt("accepted")
            if response.status_code == 201:
                self._made(operation, response, body)
            return _receipt(response)
        assert lost is not None
        return Receipt("unknown", lost.what)

    def _made(self, operation: Operation, response: httpx.Response, body: dict[str, Any]) -> None:
        """Note the id of what was made: an answer need not hold it (RFC 7644, section 3.1)."""
        try:
            resource = response.json()
        except ValueError:
            resource = {"id": response.headers.get("Location", "").rpartition("/")[2]}
        if resource.get("id"):
            self._note(operation, resource)
        else:
            self._found(operation, body)

    def _found(self, operation: Operation, body: dict[str, Any]) -> bool:
        found = self.service.find(_PATHS[operation.kind], body["externalId"])
        if found is not None:
            self._note(operation, found)
        return found is not None

    def _note(self, operation: Operation, resource: dict[str, Any]) -> None:
        with self._lock:
            self.known.ids[operation.kind, operation.key] = str(resource.get("id"))

    def _bulk(self, creates: Sequence[Operation]) -> dict[int, Receipt]:
        """Creates by Bulk (RFC 7644, section 3.7). What it does not settle is left out."""
        settled: dict[int, Receipt] = {}
        for part in self._parts(creates):
            numbered = {str(number): one for number, (one, _) in enumerate(part)}
            entries = b",".join(entry for _, entry in part)
            try:
                response = self.service.post("/Bulk", b"%s%s]}" % (_BULK_HEAD, entries))
                told = response.json() if response.status_code == 200 else {}
            except Unreachable as error:
                settled |= self._looked_for(part, error.what)
                continue
            except ValueError:
                settled |= self._looked_for(part, "the service answered what is no JSON")
                continue
            for answer in told.get("Operations") or []:
                one = numbered.get(str(answer.get("bulkId")))
                if one is not None and str(answer.get("status")) == "201":
                    identity = str(answer.get("location", "")).rpartition("/")[2]
                    with self._lock:
                        self.known.ids[one.kind, one.key] = identity
                    settled[id(one)] = Receipt("accepted")
        return settled

    def _looked_for(self, part: list[tuple[Operation, bytes]], lost: str) -> dict[int, Receipt]:
        """What there is of a part whose answer was lost; the rest is left out, to be sent again.

        Where nobody can tell, nothing is sent again: the next run reads what was made.
        """
        settled: dict[int, Receipt] = {}
        for one, _ in part:
            try:
                if self._found(one, _resource(one)):
                    settled[id(one)] = Receipt("accepted")
                elif not self.service.offer.filter:
                    settled[id(one)] = Receipt("unknown", lost)
            except Unreachable as error:
                settled[id(one)] = Receipt("unknown", error.what)
        return settled

    def _parts(self, creates: Sequence[Operation]) -> Iterator[list[tuple[Operation, bytes]]]:
        """Parts that keep to the service's limits of operations and bytes, each written once."""
        offer = self.service.offer
        part: list[tuple[Operation, bytes]] = []
        size = len(_BULK_HEAD)
        for one in creates:
            entry = _entry(one, len(part))
            full = len(part) >= offer.bulk_operations
            if part and (full or size + len(entry) + 3 > (offer.bulk_bytes or 1 << 62)):
                yield part
                part, size, entry = [], len(_BULK_HEAD), _entry(one, 0)
            part.append((one, entry))
            size += len(entry) + 1
        if part:
            yield part

    def _schools(self, operations: Sequence[Operation], receipts: dict[int, Receipt]) -> None:
        """Put users into the groups of their schools, and out of those that they left."""
        joins: list[tuple[str, Operation]] = []
        leaves: list[tuple[str, Operation]] = []
        for one in operations:
            if receipts[id(one)].outcome != "accepted" or one.status == "tobedeleted":
                continue
            wanted = {org for org in one.row.get("orgSourcedIds", "").split(",") if org}
            before = set(self.known.schools.get(one.key, ()))
            joins += [(org, one) for org in wanted - before]
            leaves += [(org, one) for org in before - wanted]
        for pairs, body in ((joins, _adding), (leaves, _removing)):
            for one, receipt in self._patch("orgs", pairs, lambda one: one.key, body):
                if receipt.outcome != "accepted":
                    receipts[id(one)] = receipt

    def _members(self, operations: Sequence[Operation]) -> list[Receipt]:
        receipts: dict[int, Receipt] = {}
        for leaving, body in ((False, _adding), (True, _removing)):
            pairs = [
                (one.row["classSourcedId"], one)
                for one in operations
                if (one.status == "tobedeleted") is leaving
            ]
            settled = self._patch("classes", pairs, lambda one: one.row["userSourcedId"], body)
            receipts |= {id(one): receipt for one, receipt in settled}
        return [receipts[id(one)] for one in operations]

    def _patch(
        self,
        kind: str,
        pairs: list[tuple[str, Operation]],
        user: Callable[[Operation], str],
        body: Callable[[list[str]], list[dict[str, Any]]],
    ) -> Iterator[tuple[Operation, Receipt]]:
        """One PATCH for every chunk of one group's members."""
        pairs.sort(key=lambda pair: pair[0])
        for group, members in groupby(pairs, key=lambda pair: pair[0]):
            ones = [one for _, one in members]
            for start in range(0, len(ones), CHUNK):
                chunk = ones[start : start + CHUNK]
                receipt = self._one_patch(kind, group, [user(one) for one in chunk], body)
                yield from ((one, receipt) for one in chunk)

    def _one_patch(
        self,
        kind: str,
        group: str,
        users: list[str],
        body: Callable[[list[str]], list[dict[str, Any]]],
    ) -> Receipt:
        ids = [self.known.ids.get(("users", user), "") for user in users]
        group_id = self.known.ids.get((kind, group), "")
        if not group_id or not all(ids):
            return Receipt("unknown", f"its {kind} or user is not known at the service yet")
        message = {"schemas": [PATCH], "Operations": body(ids)}
        try:
            return _receipt(self.service.patch(f"/Groups/{group_id}", message))
        except Unreachable as error:
            return Receipt("unknown", error.what)


def _entry(operation: Operation, number: int) -> bytes:
    """One create of a Bulk request; its bulkId is its place there."""
    path, data = _PATHS[operation.kind], _resource(operation)
    entry = {"method": "POST", "path": path, "bulkId": str(number), "data": data}
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()


def _adding(ids: list[str]) -> list[dict[str, Any]]:
    return [{"op": "add", "path": "members", "value": [{"value": one} for one in ids]}]


def _removing(ids: list[str]) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": f'members[value eq "{one}"]'} for one in ids]


def _resource(operation: Operation) -> dict[str, Any]:
    if operation.kind == "users":
        return user_resource(operation.row)
    return group_resource(operation.kind, operation.row)


def _replace(operation: Operation) -> dict[str, Any]:
    """Only our attributes: what the identity system keeps besides stays as it is."""
    if operation.kind != "users":
        value: dict[str, Any] = {"displayName": operation.row[TITLE[operation.kind]]}
    else:
        value = _resource(operation)
        value.pop("schemas")
    emptied = [
        {"op": "remove", "path": path}
        for field, path in PLACES.items()
        if operation.row.get(field) == ""
    ]
    return {"schemas": [PATCH], "Operations": [{"op": "replace", "value": value}, *emptied]}


def _receipt(response: httpx.Response, *, gone_is_fine: bool = False) -> Receipt:
    if response.is_success or (gone_is_fine and response.status_code == 404):
        return Receipt("accepted")
    if response.status_code == 412:
        return Receipt("rejected", "it was changed meanwhile (412); run it again")
    return Receipt("rejected", f"the service answered {response.status_code}{_error(response)}")


def _error(response: httpx.Response) -> str:
    """The kind of error that it names, if one of RFC 7644's (section 3.12); never its words."""
    try:
        kind = response.json().get("scimType")
    except (ValueError, AttributeError):
        return ""
    return f" ({kind})" if isinstance(kind, str) and kind in _ERRORS else ""
