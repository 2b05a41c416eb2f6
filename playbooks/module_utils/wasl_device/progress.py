"""How far a stage is: told about each second in a small file a disk, and to a laptop's address.

What is told is one JSON object: `stage`, `step`, `subject` (the disk), `done` and `total` (bytes),
`rate` (bytes a second since the step began), `left` (seconds, or null), `time` (UTC).
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

INTERVAL = 1.0  # seconds between two writings


@dataclass
class Progress:
    """One step's counter; `advance` may be called from any thread. Without a folder it is mute."""

    stage: str
    subject: str
    folder: Path | None = None
    address: str = ""
    step: str = ""
    total: int = 0
    done: int = 0
    _began: float = field(default_factory=time.monotonic)
    _said: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def begin(self, step: str, total: int) -> None:
        """A new step of `total` bytes."""
        with self._lock:
            self.step, self.total, self.done = step, total, 0
            self._began, self._said = time.monotonic(), 0.0
        self.advance(0)

    def advance(self, amount: int) -> None:
        """`amount` more bytes are done."""
        with self._lock:
            self.done += amount
            now = time.monotonic()
            if now - self._said >= INTERVAL and (self.folder or self.address):
                self._said = now
                self._tell(now)

    def _tell(self, now: float) -> None:
        seconds = max(now - self._began, 1e-3)
        rate = int(self.done / seconds)
        told = {
            "stage": self.stage,
            "step": self.step,
            "subject": self.subject,
            "done": self.done,
            "total": self.total,
            "rate": rate,
            "left": int((self.total - self.done) / rate) if rate else None,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        # What is only shown must not stop a wipe.
        with contextlib.suppress(OSError, http.client.HTTPException):
            if self.folder is not None:
                self._write(self.folder, json.dumps(told))
        if self.address:
            try:
                _send(self.address, json.dumps(told).encode())
            except (OSError, http.client.HTTPException):
                self.address = ""  # nobody listens: do not wait for them again

    def _write(self, folder: Path, text: str) -> None:
        name = re.sub("[^A-Za-z0-9._-]", "_", self.subject.strip("/"))
        path = folder / f"{self.stage}-{name}.json"
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(text)
        os.replace(temporary, path)


def _send(address: str, body: bytes) -> None:
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.netloc, timeout=1)
    try:
        connection.request("POST", place.path, body)
        connection.getresponse()
    finally:
        connection.close()
