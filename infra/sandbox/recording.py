"""The sandbox's memory: each call that changes something is written down and can be replayed.

moto keeps its state in memory only. Every changing call gets its own seed for moto's random
numbers, taken from its place in the recording, so that a replay makes the very same ids whatever
was read in between. The recording holds sandbox data only and lives under WASL_HOME.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from moto.moto_api._internal import mock_random

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_READ = re.compile(r"^(Describe|Get|List|Head|BatchGet|Lookup|Search|Filter|Select)")
_READ_PATH = re.compile(r"^/(get|list)[A-Z][A-Za-z]*$")  # the account service posts its reads
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")
# A client's own affairs; whatever else it says (If-Match: which version it means) may decide.
_OWN = ("HTTP_USER_AGENT", "HTTP_ACCEPT", "HTTP_CONNECTION", "HTTP_EXPECT", "HTTP_AMZ_SDK")
_SEED = 20_000


@dataclass(frozen=True)
class Call:
    """One HTTP request, as much of it as moto looks at."""

    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]

    @classmethod
    def of(cls, environ: dict[str, Any], body: bytes) -> Call:
        headers = {
            key: value
            for key, value in environ.items()
            if key == "CONTENT_TYPE" or (key.startswith("HTTP_") and not key.startswith(_OWN))
        }
        query = environ.get("QUERY_STRING", "")
        path = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"]
        return cls(environ["REQUEST_METHOD"], path.split("?")[0], query, body, headers)

    @property
    def changes(self) -> bool:
        """Whether the call may change state; what is not known to be a read may."""
        target = self.headers.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        named = _ACTION.search(self.body) or _ACTION.search(self.query.encode())
        action = target or (named.group(1).decode() if named else "")
        if action:
            return not _READ.match(action)
        return self.method not in ("GET", "HEAD", "OPTIONS") and not _READ_PATH.match(self.path)

    def environ(self) -> dict[str, Any]:
        """The request again, for a WSGI application."""
        host = self.headers.get("HTTP_HOST", "127.0.0.1")
        return {
            **self.headers,
            "REQUEST_METHOD": self.method,
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "RAW_URI": f"{self.path}?{self.query}" if self.query else self.path,
            "QUERY_STRING": self.query,
            "CONTENT_LENGTH": str(len(self.body)),
            "SERVER_NAME": host.split(":")[0],
            "SERVER_PORT": host.rpartition(":")[2],
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def line(self) -> bytes:
        record = {**vars(self), "body": base64.b64encode(self.body).decode()}
        return json.dumps(record).encode() + b"\n"


class Recording:
    """A WSGI application that records what changes and replays what was recorded."""

    def __init__(self, app: WsgiApp, path: Path) -> None:
        self._app = app
        self._path = path
        self._count = 0

    def replay(self) -> int:
        """Put every recorded call to the application again; how many there were."""
        for call in _calls(self._path):
            self._seed()
            # What failed inside moto then fails again; its caller was told so.
            with suppress(Exception):
                for _ in self._app(call.environ(), lambda *_: None):
                    pass
        self._file = self._path.open("ab", buffering=0)
        return self._count

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        call = Call.of(environ, body)
        if call.changes:
            if not self._keep(call.line()):
                # Not one that clients try again: nothing will have changed in a second.
                start("507 Insufficient Storage", [("Content-Type", "text/plain")])
                return [b"no space left on device for the sandbox's recording"]
            self._seed()
        return self._app(environ, start)

    def _keep(self, line: bytes) -> bool:
        """Write a line whole, or leave the recording as it was; whether there was room."""
        before = self._path.stat().st_size
        try:
            if self._file.write(line) == len(line):
                return True
        except OSError:
            pass
        os.truncate(self._path, before)
        return False

    def _seed(self) -> None:
        self._count += 1
        mock_random.seed(_SEED + self._count)


def _calls(path: Path) -> Iterator[Call]:
    """The recorded calls; a torn last line (the machine was switched off) was never answered."""
    if not path.exists():
        return
    whole = path.read_bytes()
    end = whole.rfind(b"\n") + 1
    if end != len(whole):
        path.write_bytes(whole[:end])
    for line in whole[:end].splitlines():
        record = json.loads(line)
        yield Call(**{**record, "body": base64.b64decode(record["body"])})
