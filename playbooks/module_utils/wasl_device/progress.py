"""How far a stage is: a small file a disk, rewritten about each second, for whoever shows it.

The file holds one JSON object: `stage`, `step`, `subject` (the disk), `done` and `total` (bytes),
`rate` (bytes a second since the step began), `left` (seconds, or null), `time` (UTC).
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

INTERVAL = 1.0  # seconds between two writings


@dataclass
class Progress:
    """One step's counter; `advance` may be called from any thread. Without a folder it is mute."""

    stage: str
    subject: str
    folder: Path | None = None
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
            if self.folder is not None and now - self._said >= INTERVAL:
                self._said = now
                self._write(self.folder, now)

    def _write(self, folder: Path, now: float) -> None:
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
        name = re.sub("[^A-Za-z0-9._-]", "_", self.subject.strip("/"))
        path = folder / f"{self.stage}-{name}.json"
        temporary = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):  # what is only shown must not stop a wipe
            temporary.write_text(json.dumps(told))
            os.replace(temporary, path)
