"""The partner's content interface of several countries, in memory: counts each effect, and waits.

A stand-in smaller than the sandbox's, since it must be able to keep readers waiting.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations.content.partner.interface import summary


@dataclass
class Partners:
    """What each country's partner holds, what was done to it, and who waits for an answer."""

    url: str = ""
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    effects: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    open: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """`/<country>/content/v1/…`."""
        _, country, *_prefix, what, name = (path + "/").split("/")[:6]
        held = self.held.setdefault(country, {})
        if method == "GET":
            self.reads[country] += 1
            if not self.open.is_set():
                self.waiting.release()
                self.open.wait(60)
            found = [{"id": one, "fingerprint": print_} for one, print_ in held.items()]
            return 200, {"resources": found, "next": ""}
        self.effects[f"{country} {method} {what} {name}"] += 1
        if what == "resources":
            told = json.loads(body)
            held[told["id"]] = told["fingerprint"]
        if what == "deliveries":
            return 201, {"receipt": "r", "holds": summary(held)}
        return 201, {}


@contextmanager
def partners() -> Iterator[Partners]:
    """Served on loopback."""
    made = Partners()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, told = made.answer(self.command, self.path.partition("?")[0], body)
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_PUT = do_POST = do_DELETE = do_GET  # noqa: N815 -- named by the standard library

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        made.open.set()
        server.shutdown()
        server.server_close()
        thread.join()
