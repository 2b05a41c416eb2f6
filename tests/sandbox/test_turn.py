"""The emulated AWS's server of one thread: nobody waits for a slow client, and all are answered."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing
from typing import Any

import pytest

from infra.sandbox.service import free_ports
from infra.sandbox.turn import Server

pytestmark = pytest.mark.slow
BIG = 20 << 20


def _app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    said = b"x" * BIG if environ["PATH_INFO"] == "/big" else environ["PATH_INFO"].encode() + body
    start("200 OK", [("Content-Length", str(len(said)))])
    return [said]


@pytest.fixture(scope="module")
def port() -> int:
    (port,) = free_ports(1)
    server = Server(_app, host="127.0.0.1", port=port, channel_timeout=2, cleanup_interval=1)
    threading.Thread(target=server.run, daemon=True).start()
    return port


def _connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def _ask(port: int, path: str, body: bytes = b"") -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("POST", path, body)
        return connection.getresponse().read()


def test_a_slow_client_keeps_nobody_waiting(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as slow:
        slow.request("GET", "/big")
        for _ in range(3):
            assert _ask(port, "/a", b"b") == b"/ab"
        answer = slow.getresponse()
        assert answer.read(1000) == b"x" * 1000
        assert _ask(port, "/c") == b"/c"
        assert len(answer.read()) == BIG - 1000
        slow.request("GET", "/again")
        assert slow.getresponse().read() == b"/again"


def test_many_idle_connections_keep_nobody_waiting(port: int) -> None:
    with ExitStack() as open_ones:
        for _ in range(300):
            open_ones.enter_context(_connected(port))
        assert _ask(port, "/a", b"b" * 3_000_000) == b"/a" + b"b" * 3_000_000


def test_several_calls_at_once_are_answered_in_turn(port: int) -> None:
    with _connected(port) as client:
        client.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.sendall(b"GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: client.recv(1 << 16), b""))  # until it is closed
    assert [part[-2:] for part in said.split(b"HTTP/1.1 200 OK")[1:]] == [b"/1", b"/2", b"/3"]


def test_who_asks_for_leave_to_send_gets_it(port: int) -> None:
    with _connected(port) as client:
        client.sendall(b"PUT /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n")
        client.sendall(b"Expect: 100-continue\r\n\r\n")
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"abc")
        assert client.recv(1 << 16).endswith(b"/pabc")


def test_who_leaves_in_the_middle_is_forgotten(port: int) -> None:
    for path in (b"/big", b"/a"):
        with _connected(port) as client:
            client.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    with _connected(port) as client:
        client.sendall(b"PUT /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na")
    assert _ask(port, "/a") == b"/a"


def test_an_idle_connection_is_closed_in_time(port: int) -> None:
    with _connected(port) as client:
        assert client.recv(1) == b""
