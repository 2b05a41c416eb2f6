"""Towards partners: certificates verified, redirects refused, faults outlasted."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from integrations.identity import http as ours
from integrations.identity.http import Http, Rate, Unreachable
from tests.identity.support import certified

SECRET = "a-bearer-token"
SILENCE, HALF = -1, -2


class _Scripted(BaseHTTPRequestHandler):
    """Answers by a script: a status, silence, or half an answer; then 200."""

    script: list[int]
    asked: list[float]
    elsewhere: str
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.asked.append(time.monotonic())
        status = self.script.pop(0) if self.script else 200
        if status == SILENCE:
            time.sleep(0.5)
            self.close_connection = True
            return
        body = b'{"a": 1}'
        self.send_response(200 if status == HALF else status)
        if status in (301, 307):
            self.send_header("Location", f"{self.elsewhere}/taken")
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:3] if status == HALF else body)
        self.close_connection = status == HALF

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named there too
        pass


@contextmanager
def _serving(
    script: Sequence[int], tls: ssl.SSLContext | None = None, host: str = "localhost"
) -> Iterator[Any]:
    """A server's address and what it was asked."""
    handler = type("_One", (_Scripted,), {"script": [*script], "asked": [], "elsewhere": ""})
    server = ThreadingHTTPServer((host, 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://{host}:{server.server_address[1]}", handler
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _client(url: str) -> Iterator[Http]:
    def sign(request: httpx.Request) -> None:
        request.headers["Authorization"] = f"Bearer {SECRET}"

    client = Http(url, Rate(1000), sign)
    client._client.timeout = httpx.Timeout(0.2)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ours, "PAUSE", 0.01)


@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_to_another_host_is_refused(status: int) -> None:
    with _serving([]) as (elsewhere, other), _serving([status]) as (url, handler):
        handler.elsewhere = elsewhere
        with _client(url) as client, pytest.raises(Unreachable, match="redirect") as told:
            client.json("/users/9000101001")
        assert other.asked == []
        assert "9000101001" not in str(told.value)
        assert SECRET not in str(told.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certified(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    with _serving([], tls) as (url, handler):
        with _client(url) as client, pytest.raises(Unreachable, match="ConnectError"):
            client.json("/users")
        assert handler.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(chain))
        with _client(url) as client:
            assert client.json("/users")[0] == {"a": 1}

    with _serving([], tls, host="127.0.0.2") as (url, handler):
        with _client(url) as client, pytest.raises(Unreachable, match="ConnectError"):
            client.json("/users")  # vouched for, but by a name that the certificate has not
        assert handler.asked == []


def test_time_outs_errors_and_broken_answers_are_outlasted() -> None:
    with _serving([SILENCE, 500, HALF, 503]) as (url, handler), _client(url) as client:
        assert client.json("/users")[0] == {"a": 1}
        assert len(handler.asked) == 5


def test_whoever_is_asked_to_wait_waits() -> None:
    with _serving([429]) as (url, handler), _client(url) as client:
        assert client.json("/users")[0] == {"a": 1}
        assert handler.asked[1] - handler.asked[0] >= 0.99


def test_what_never_answers_is_given_up_and_told() -> None:
    with (
        _serving([500] * ours.TRIES) as (url, handler),
        _client(url) as client,
        pytest.raises(Unreachable, match=f"failed {ours.TRIES} times: status 500") as told,
    ):
        client.json("/users")
    assert len(handler.asked) == ours.TRIES
    assert SECRET not in str(told.value)
