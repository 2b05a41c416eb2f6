"""A tiny OAI-PMH provider for tests and measuring: pages served as they are, faults on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from tests.content.records import envelope


@dataclass
class Answer:
    """What is sent back: a status, a body, headers; `cut` sends only so many bytes of it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


Respond = Callable[[str, Mapping[str, str], Mapping[str, str]], Answer]
"""Path, query, headers in; the answer out."""


@contextmanager
def serving(respond: Respond) -> Iterator[str]:
    """An HTTP server on loopback; yields its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            answer = respond(parts.path, query, dict(self.headers.items()))
            self.send_response(answer.status)
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            for name, value in headers.items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body[: answer.cut])
            self.wfile.flush()
            if answer.cut is not None:
                self.close_connection = True

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            self.path += "?" + self.rfile.read(length).decode()
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def identify(*, deletions: str = "persistent", granularity: str = "YYYY-MM-DDThh:mm:ssZ") -> bytes:
    """An answer to Identify (4.2)."""
    return envelope(
        "<Identify><repositoryName>Sample</repositoryName>"
        "<baseURL>http://catalogue.example/oai</baseURL><protocolVersion>2.0</protocolVersion>"
        "<adminEmail>a@catalogue.example</adminEmail>"
        "<earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp>"
        f"<deletedRecord>{deletions}</deletedRecord><granularity>{granularity}</granularity>"
        "</Identify>"
    )


def error(code: str) -> bytes:
    """An OAI-PMH error (3.6)."""
    return envelope(f'<error code="{code}">no</error>')
