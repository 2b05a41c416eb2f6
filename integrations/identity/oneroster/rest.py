"""The partner's OneRoster REST 1.1: read page by page, written by PUT.

Reading follows OneRoster 1.1, section 3. Its rostering has no writes; `PUT /{type}/{sourcedId}` is
what the partner's page is assumed to mean by insert and update.
"""

from __future__ import annotations

import base64
import csv
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from authlib.oauth1 import ClientAuth
from authlib.oauth1.rfc5849.signature import generate_signature_base_string
from authlib.oauth1.rfc5849.util import escape

from integrations.identity.contract import Contract
from integrations.identity.http import Http, Rate, Unreachable
from integrations.identity.oneroster.wire import SINGULAR, text, to_json, to_row
from integrations.identity.snapshot import Side, Snapshot
from integrations.identity.store import Store, quoted
from integrations.identity.tables import lines
from wasl.files import sha256_of
from wasl.manifest.identity import RestTarget

PATH = "/ims/oneroster/v1p1"
PAGE = 1000
ATTEMPTS = 3

Progress = Callable[[str, int], None]


def signer(target: RestTarget, secret: str) -> Callable[[httpx.Request], None]:
    """What authorises a request: a bearer token, or OAuth 1.0a's signature."""
    if target.auth == "bearer":

        def bearer(request: httpx.Request) -> None:
            request.headers["Authorization"] = f"Bearer {secret}"

        return bearer
    key, _, shared = secret.partition(":")

    def oauth1(request: httpx.Request) -> None:
        auth = ClientAuth(key, shared, signature_method="HMAC-SHA256")
        auth.SIGNATURE_METHODS["HMAC-SHA256"] = _hmac_sha256
        _uri, headers, _body = auth.prepare(request.method, str(request.url), {}, b"")
        request.headers["Authorization"] = headers["Authorization"]

    return oauth1


def _hmac_sha256(client: ClientAuth, request: Any) -> str:
    """OAuth 1.0a with HMAC-SHA256, which OneRoster 1.1 (section 3.5) asks for."""
    text = generate_signature_base_string(request)
    key = f"{escape(client.client_secret or '')}&{escape(client.token_secret or '')}"
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()


@dataclass(frozen=True)
class Rest:
    """One partner's service."""

    http: Http

    @classmethod
    def open(cls, target: RestTarget, secret: str) -> Rest:
        """A client that keeps to the target's rate."""
        rate = Rate(target.requests_per_second)
        return cls(Http(target.url.rstrip("/") + PATH, rate, signer(target, secret)))

    def put(self, kind: str, row: Mapping[str, str], status: str) -> httpx.Response:
        """Insert or replace one record."""
        body = to_json(kind, row, self.http.base)
        body[SINGULAR[kind]]["status"] = status
        return self.http.send("PUT", f"/{kind}/{quote(row['sourcedId'], safe='')}", json=body)

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        """Everything that the partner holds of the contract's kinds, as sorted files."""
        sides, digests, rows = {}, {}, {}
        touched = store.file("held/touched.csv")
        with touched.open("w", encoding="utf-8", newline="") as stream:
            marks = csv.writer(stream, lineterminator="\n")
            marks.writerow(("kind", "id", "since"))
            for kind in contract.fields:
                columns = contract.columns(kind)
                path = store.file(f"held/raw_{kind}.csv")
                rows[kind] = self._write(kind, columns, path, marks, progress)
                sides[kind] = Side(_sorted(store, path, kind), columns)
                digests[kind] = sha256_of(sides[kind].path)
        return Snapshot(sides, digests, rows, touched)

    def _write(
        self, kind: str, columns: tuple[str, ...], path: Path, marks: Any, progress: Progress
    ) -> int:
        """One kind, read until nothing changed under the reading; each sourcedId once."""
        for _ in range(ATTEMPTS):
            seen: set[str] = set()
            marked = []
            with path.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(columns)
                steady = True
                for page, same in self._pages(kind):
                    steady = steady and same
                    for record in page:
                        key = text(record.get("sourcedId"))
                        if not key or key in seen or record.get("status") == "tobedeleted":
                            continue
                        seen.add(key)
                        row = to_row(kind, record, columns)
                        writer.writerow(row.values())
                        if row.get("enabledUser") == "false":
                            marked.append((kind, key, text(record.get("dateLastModified"))))
                        if len(seen) % (10 * PAGE) == 0:
                            progress(f"{kind} read", len(seen))
            if steady:
                marks.writerows(marked)
                return len(seen)
        raise Unreachable(f"{kind} kept changing while they were read", self.http.base)

    def _pages(self, kind: str) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        """Pages of records, and whether the total is still what it was at the first one."""
        offset, first = 0, None
        while True:
            parameters = {"limit": PAGE, "offset": offset, "sort": "sourcedId", "orderBy": "asc"}
            body, response = self.http.json(f"/{kind}", params=parameters)
            records = body.get(kind) if isinstance(body, dict) else None
            if not isinstance(records, list):
                raise Unreachable(f"the answer holds no {kind}", self.http.base)
            total = response.headers.get("X-Total-Count")
            first = total if offset == 0 else first
            yield [record for record in records if isinstance(record, dict)], total == first
            offset += len(records)
            if not records or (len(records) < PAGE and total is None):
                return
            if total is not None and total.isdigit() and offset >= int(total):
                return


def _sorted(store: Store, path: Path, kind: str) -> Path:
    """The same lines in one order, whatever order they came in."""
    target = store.file(f"held/{kind}.csv")
    with path.open("r", encoding="utf-8") as stream:
        header = stream.readline()
    body = store.file(f"held/sorted_{kind}.csv")
    layout = "FORMAT csv, HEADER false, DELIMITER '\x01', QUOTE '\x02', ESCAPE '\x02'"
    query = f"SELECT line FROM {lines(path)} WHERE line IS NOT NULL ORDER BY line"
    store.run(f"COPY ({query}) TO {quoted(str(body))} ({layout})")
    with target.open("wb") as whole, body.open("rb") as rest:
        whole.write(header.encode())
        while chunk := rest.read(1 << 20):
            whole.write(chunk)
    return target
