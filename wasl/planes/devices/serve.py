"""The laptop's side of a run: gives devices the image by ranges and packs by file, and takes
their progress.

None is trusted or secret: image and packs are signed, and progress is only shown. Addresses hold a
token, so that no one else on the network fills the board.
"""

from __future__ import annotations

import http.server
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PART = 1 << 20
# A pack's name, and its manifest or one of its files: nothing else of the folder can be named.
_IN_A_PACK = r"([a-z][a-z0-9-]{0,39})/(pack\.json|files/[0-9a-f]{2}/[0-9a-f]{64})"
Heard = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Served:
    """Where devices find it; `{controller}` is filled in by each device for itself."""

    port: int
    token: str

    @property
    def image(self) -> str:
        """The image's address."""
        return f"http://{{controller}}:{self.port}/{self.token}/image"

    @property
    def packs(self) -> str:
        """Where packs are, each below its name."""
        return f"http://{{controller}}:{self.port}/{self.token}/packs"

    @property
    def report(self) -> str:
        """Where a host sends its progress; its name follows."""
        return f"http://{{controller}}:{self.port}/{self.token}/progress/"


@contextmanager
def serving(
    image: Path | None, heard: Heard, address: str, packs: Path | None = None
) -> Iterator[Served]:
    """Serve on a free port of `address` until the run is over; `packs` is a folder of packs."""
    token = secrets.token_urlsafe(12)
    told = {"image": image, "heard": staticmethod(heard), "token": token, "packs": packs}
    with answering(_Handler, told, address) as port:
        yield Served(port, token)


@contextmanager
def answering(
    handler: type[http.server.BaseHTTPRequestHandler],
    told: Mapping[str, Any],
    address: str,
    port: int = 0,
) -> Iterator[int]:
    """The port on which a `handler` that knows what it is `told` answers; 0 takes a free one."""
    knowing = type("Handler", (handler,), dict(told))
    server = http.server.ThreadingHTTPServer((address, port), knowing)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    image: Path | None
    packs: Path | None
    heard: Heard
    token: str

    def do_GET(self) -> None:
        """A range of the image, or a file of a pack."""
        pack = re.fullmatch(f"/{self.token}/packs/{_IN_A_PACK}", self.path)
        if self.packs is not None and pack is not None:
            self._file(_newest(self.packs / pack[1]) / pack[2])
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if self.image is None or self.path != f"/{self.token}/image" or span is None:
            self._answer(404)
            return
        size = self.image.stat().st_size
        first, last = int(span[1]), min(int(span[2]), size - 1)
        if first > last:
            self._answer(416)
            return
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        with self.image.open("rb") as file:
            file.seek(first)
            left = last - first + 1
            while left and (part := file.read(min(PART, left))):
                self.wfile.write(part)
                left -= len(part)

    def _file(self, path: Path) -> None:
        try:
            file = path.open("rb")
        except OSError:
            self._answer(404)
            return
        with file:
            self.send_response(200)
            self.send_header("Content-Length", str(path.stat().st_size))
            self.end_headers()
            while part := file.read(PART):
                self.wfile.write(part)

    def do_POST(self) -> None:
        """A host's progress."""
        start = f"/{self.token}/progress/"
        length = self.headers.get("Content-Length", "")
        if not self.path.startswith(start) or not length.isdecimal() or int(length) > 4096:
            self._answer(404)
            return
        try:
            told = json.loads(self.rfile.read(int(length)))
        except ValueError:
            told = None
        if isinstance(told, dict):
            self.heard(self.path.removeprefix(start), told)
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""


def _newest(folder: Path) -> Path:
    """Packs that `wasl content apply` keeps have their newest version under `current`."""
    current = folder / "current"
    return current if current.is_dir() else folder
