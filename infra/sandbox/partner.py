"""The sandbox's partner: a small OneRoster 1.1 service on loopback that also takes writes.

It stands for a platform whose endpoints are not known yet. What it accepts is what the partner's
file assumes: `PUT /{type}/{sourcedId}` to insert and update. Every write is kept in a file, so that
a restart finds the same classrooms. `--faults` makes it fail in the ways a network does.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import random
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

PREFIX = "/ims/oneroster/v1p1/"
SINGULAR = {
    "orgs": "org",
    "academicSessions": "academicSession",
    "courses": "course",
    "classes": "class",
    "users": "user",
    "enrollments": "enrollment",
    "demographics": "demographics",
}
# (JSON name, kind) of references that must exist already, as a database would ask.
REFERENCES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "orgs": (("parent", "orgs"),),
    "courses": (("org", "orgs"),),
    "classes": (("course", "courses"), ("school", "orgs"), ("terms", "academicSessions")),
    "users": (("orgs", "orgs"),),
    "enrollments": (("class", "classes"), ("school", "orgs"), ("user", "users")),
}
BODY = 1 << 20

Record = dict[str, Any]


class Rosters:
    """All records by kind and sourcedId; every write is appended to a file."""

    def __init__(self, path: Path, refused: str) -> None:
        self.refused = refused
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in SINGULAR}
        self.lock = threading.Lock()
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                kind, record = json.loads(line)
                self.records[kind][record["sourcedId"]] = record
        self._log = path.open("a", encoding="utf-8")

    def put(self, kind: str, key: str, record: Record) -> tuple[int, Record]:
        """Insert or update one record: 201 or 200; 422 where a reference leads nowhere."""
        if self.refused and key.startswith(self.refused):
            return 422, _status("failure", "refused")
        with self.lock:
            missing = self._missing(kind, record)
            if missing and record.get("status") != "tobedeleted":
                return 422, _status("failure", f"unknown {missing}")
            before = self.records[kind].get(key)
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            whole = {**record, "sourcedId": key, "dateLastModified": now}
            self.records[kind][key] = whole
            self._log.write(json.dumps([kind, whole], ensure_ascii=False) + "\n")
            self._log.flush()
        return (200 if before else 201), {SINGULAR[kind]: whole}

    def _missing(self, kind: str, record: Record) -> str:
        for name, refers in REFERENCES.get(kind, ()):
            value = record.get(name) or []
            for ref in value if isinstance(value, list) else [value]:
                if ref.get("sourcedId") not in self.records[refers]:
                    return name
        return ""

    def page(self, kind: str, offset: int, limit: int) -> tuple[list[Record], int]:
        """Some records in order of sourcedId, and how many there are."""
        with self.lock:
            records = self.records[kind]
            keys = sorted(records)[offset : offset + limit]
            return [records[key] for key in keys], len(records)


class Faults:
    """Fails a share of requests: too many, an error before or after the work, half an answer."""

    KINDS = ("429", "500", "500 after", "half", "silence")

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._random = random.Random(seed)  # noqa: S311 -- faults, not secrets
        self._lock = threading.Lock()

    def next(self) -> str:
        """The fault of the next request, if it is to have one."""
        with self._lock:
            if self._random.random() >= self._share:
                return ""
            return self._random.choice(self.KINDS)


class Handler(BaseHTTPRequestHandler):
    """One connection. Class attributes are set by `serve`."""

    protocol_version = "HTTP/1.1"
    rosters: Rosters
    faults: Faults
    token: str
    oauth: tuple[str, str]
    wire: Path | None
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer("GET", b"")

    def do_PUT(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > BODY:
            self.close_connection = True
            self._send(413, _status("failure", "too large"))
            return
        self._answer("PUT", self.rfile.read(length))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named there too
        """Say nothing: addresses hold ids."""

    def _answer(self, method: str, body: bytes) -> None:
        if self.wire is not None:
            with self.rosters.lock, self.wire.open("ab") as wire:
                wire.write(f"{method} {self.path}\n".encode() + body + b"\n")
        fault = self.faults.next()
        if fault == "429":
            self._send(429, _status("failure", "slow down"), {"Retry-After": "0"})
        elif fault == "500":
            self._send(500, _status("failure", "error"))
        elif fault == "silence":
            self.close_connection = True
        else:
            status, answer, headers = self._work(method, body)
            if fault == "500 after":
                self._send(500, _status("failure", "error"))
            else:
                self._send(status, answer, headers, half=fault == "half")

    def _work(self, method: str, body: bytes) -> tuple[int, Any, dict[str, str]]:
        if not self._authorised(method):
            return 401, _status("failure", "unauthorised"), {}
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.removeprefix(PREFIX).split("/")]
        if not url.path.startswith(PREFIX) or parts[0] not in SINGULAR or len(parts) > 2:
            return 404, _status("failure", "unknown"), {}
        if method == "PUT" and len(parts) == 2:
            return (*self._put(parts[0], parts[1], body), {})
        if method == "GET" and len(parts) == 2:
            record = self.rosters.records[parts[0]].get(parts[1])
            if record is None:
                return 404, _status("failure", "unknown"), {}
            return 200, {SINGULAR[parts[0]]: record}, {}
        if method == "GET":
            return self._list(parts[0], dict(parse_qsl(url.query)))
        return 405, _status("failure", "not allowed"), {}

    def _put(self, kind: str, key: str, body: bytes) -> tuple[int, Any]:
        try:
            record = json.loads(body)[SINGULAR[kind]]
        except (ValueError, KeyError, TypeError):
            return 400, _status("failure", "no such JSON")
        if not isinstance(record, dict) or record.get("sourcedId") != key:
            return 400, _status("failure", "sourcedId differs")
        return self.rosters.put(kind, key, record)

    def _list(self, kind: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        limit, offset = int(query.get("limit", 100)), int(query.get("offset", 0))
        records, total = self.rosters.page(kind, offset, limit)
        return 200, {kind: records}, {"X-Total-Count": str(total)}

    def _authorised(self, method: str) -> bool:
        given = self.headers.get("Authorization", "")
        if given.startswith("Bearer "):
            return hmac.compare_digest(given.removeprefix("Bearer "), self.token)
        if given.startswith("OAuth "):
            return self._signed(method, given.removeprefix("OAuth "))
        return False

    def _signed(self, method: str, given: str) -> bool:
        """OAuth 1.0a (RFC 5849, section 3.4) with HMAC-SHA256."""
        key, secret = self.oauth
        fields = dict(part.strip().split("=", 1) for part in given.split(","))
        oauth = {name: unquote(value.strip('"')) for name, value in fields.items()}
        signature = oauth.pop("oauth_signature", "")
        oauth.pop("realm", None)
        url = urlsplit(f"http://{self.headers['Host']}{self.path}")
        pairs = [*oauth.items(), *parse_qsl(url.query, keep_blank_values=True)]
        normal = "&".join(f"{k}={v}" for k, v in sorted((_esc(k), _esc(v)) for k, v in pairs))
        base = "&".join((method, _esc(f"http://{url.netloc}{url.path}"), _esc(normal)))
        wanted = hmac.new(f"{_esc(secret)}&".encode(), base.encode(), hashlib.sha256).digest()
        same = hmac.compare_digest(signature, base64.b64encode(wanted).decode())
        return same and oauth.get("oauth_consumer_key") == key

    def _send(
        self,
        status: int,
        answer: Any,
        headers: Mapping[str, str] | None = None,
        *,
        half: bool = False,
    ) -> None:
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if half else body)
        if half:
            self.close_connection = True


def _esc(text: str) -> str:
    return quote(text, safe="~")


def _status(major: str, words: str) -> Record:
    """OneRoster 1.1, section 3.6: how errors are told."""
    return {
        "imsx_codeMajor": major,
        "imsx_severity": "status" if major == "success" else "error",
        "imsx_description": words,
    }


def main() -> None:
    """Serve `--port` on loopback until ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default="sandbox-partner")
    parser.add_argument("--oauth", default="sandbox:partner", metavar="KEY:SECRET")
    parser.add_argument("--faults", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--refuse", default="", metavar="START", help="refuse such sourcedIds")
    parser.add_argument("--wire", type=Path, help="write every request there, for tests")
    arguments = parser.parse_args()
    arguments.home.mkdir(parents=True, exist_ok=True)
    Handler.rosters = Rosters(arguments.home / "partner.jsonl", arguments.refuse)
    Handler.faults = Faults(arguments.faults, arguments.seed)
    Handler.token = arguments.token
    key, _, secret = arguments.oauth.partition(":")
    Handler.oauth = (key, secret)
    Handler.wire = arguments.wire
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    server.daemon_threads = True
    print(f"ready {sum(map(len, Handler.rosters.records.values()))}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
