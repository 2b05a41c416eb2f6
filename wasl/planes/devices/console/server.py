"""The console's page on 127.0.0.1: its files, its words, its state, and what may be asked of it.

A page that the technician opens elsewhere must not reach it: the address holds a token, Host must
be this server's own (a name that was made to point here is refused), and what changes something
must come from this page (Origin) as JSON. Nothing is fetched from outside.
"""

from __future__ import annotations

import hmac
import http.server
import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wasl.messages import LANGUAGES, Language, say
from wasl.planes.devices.console.session import Session
from wasl.planes.devices.serve import answering
from wasl.planes.devices.systems.run import STAGES
from wasl.result import Message

LARGEST = 4096  # bytes of a request
FILES = {
    "": ("page.html", "text/html"),
    "console.js": ("console.js", "text/javascript"),
    "console.css": ("console.css", "text/css"),
}
WORDS = (
    *("title", "found", "reading", "serial", "number", "start", "again", "stage", "rate"),
    *("processor", "memory", "disks", "grade", "reasons", "left", "minute", "minutes"),
    *("person", "returned", "once_more", "stop", "leave"),
    *("looking", "ready", "running", "done", "failed"),
    *("accept", "repair", "parts", "recycle", *STAGES),
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Served:
    """Where the page is."""

    port: int
    token: str

    @property
    def address(self) -> str:
        """For a browser of this computer."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"


@contextmanager
def serving(session: Session, language: Language, port: int = 0) -> Iterator[Served]:
    """Serve the page on loopback until the block ends; `port` 0 takes a free one."""
    token = secrets.token_urlsafe(18)
    told = {"session": session, "language": language, "token": token}
    with answering(_Handler, told, "127.0.0.1", port) as taken:
        yield Served(taken, token)


def words(language: Language) -> dict[str, str]:
    """The page's words."""
    return {word: say(Message(f"WASL-CONSOLE-{word.upper()}"), language) for word in WORDS}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    session: Session
    language: Language
    token: str

    def do_GET(self) -> None:
        """The page, its files, words and state."""
        if (name := self._asked()) is None:
            return
        if name in FILES:
            file, kind = FILES[name]
            data = files(__package__).joinpath(file).read_bytes()
            self._answer(200, data.replace(b"LANGUAGE", self.language.encode(), 1), kind)
            return
        what, _, language = name.partition("/")
        known = next((one for one in LANGUAGES if one == language), None)
        if known is None or what not in ("words", "state"):
            self._answer(404)
            return
        told: Any = words(known) if what == "words" else self._state(known)
        self._answer(200, json.dumps(told).encode(), "application/json")

    def do_POST(self) -> None:
        """Name a device and start its stages."""
        if (name := self._asked()) is None:
            return
        asked = self._body()
        if name != "start" or asked is None:
            self._answer(400, close=True)
            return
        given = [asked.get(name) for name in ("host", "serial", "person")]
        told = [one for one in given if isinstance(one, str) and len(one) < 200]
        again = asked.get("again") is True
        begun = len(told) == len(given) and self.session.start(*told, again=again)
        self._answer(204 if begun else 409)

    def _state(self, language: Language) -> dict[str, Any]:
        return {"person": self.session.person, "devices": self.session.told(language)}

    def _asked(self) -> str | None:
        """What of ours is asked for; None, and refused, where it is not the page that asks."""
        port = self.connection.getsockname()[1]
        here = {f"127.0.0.1:{port}", f"localhost:{port}"}
        host, _, rest = self.path.removeprefix("/").partition("/")
        origin = self.headers.get("Origin")
        mine = f"http://{self.headers.get('Host')}"
        allowed = (
            self.headers.get("Host") in here
            and hmac.compare_digest(host.encode(), self.token.encode())
            and (origin == mine or (origin is None and self.command == "GET"))
            and self.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
        )
        if not allowed:
            self._answer(403, close=True)
            return None
        return rest

    def _body(self) -> Mapping[str, Any] | None:
        length = self.headers.get("Content-Length", "")
        kind = self.headers.get("Content-Type", "").split(";")[0]
        if kind != "application/json" or not length.isdecimal() or int(length) > LARGEST:
            return None
        try:
            told = json.loads(self.rfile.read(int(length)))
        except ValueError:
            return None
        return told if isinstance(told, dict) else None

    def _answer(
        self, status: int, data: bytes = b"", kind: str = "text/plain", *, close: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
        if close:  # the rest of the request was not read
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing: addresses hold the token."""
