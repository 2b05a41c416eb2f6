"""What is known of each device while stages run: one line a device."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Line:
    """A device now; `rate` in bytes a second, `left` in seconds (-1: not known)."""

    host: str
    stage: str = ""
    step: str = "waiting"
    done: int = 0
    total: int = 0
    rate: int = 0
    left: int = -1
    result: str = ""
    began: float = field(default_factory=time.monotonic)

    def text(self) -> str:
        """`pc-1  wipe  read back  61 %  184 MB/s  2 min left`."""
        parts = [f"{self.host:16}", f"{self.stage:9}", f"{self.step:12}"]
        if self.total:
            parts.append(f"{100 * self.done // self.total:3} %")
            parts.append(f"{self.rate / 1e6:6.0f} MB/s")
        if self.left >= 0 and self.total:
            parts.append(f"{-(-self.left // 60)} min left")
        return " ".join([*parts, self.result]).rstrip()


class Board:
    """All devices of a run; may be told from any thread."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._lines = {host: Line(host) for host in hosts}
        self._news: list[Line] = []
        self._lock = threading.Lock()

    def begin(self, host: str, stage: str) -> None:
        """A stage began on a host."""
        self._tell(host, Line(host, stage, "begun"), news=True)

    def end(self, host: str, stage: str, step: str, result: str) -> None:
        """A stage ended on a host: done, done before, failed or unreachable."""
        self._tell(host, Line(host, stage, step, result=result), news=True)

    def progress(self, host: str, told: Mapping[str, Any]) -> None:
        """What a device says of itself; anything odd in it is dropped."""

        def number(name: str, other: int) -> int:
            value = told.get(name)
            return value if isinstance(value, int) and value >= 0 else other

        stage, step = str(told.get("stage", ""))[:12], str(told.get("step", ""))[:12]
        counted = (number("done", 0), number("total", 0), number("rate", 0), number("left", -1))
        self._tell(host, Line(host, stage, step, *counted), news=False)

    def lines(self) -> list[Line]:
        """Every device's line, in the inventory's order."""
        with self._lock:
            return list(self._lines.values())

    def news(self) -> list[Line]:
        """What began and ended since the last time."""
        with self._lock:
            news, self._news = self._news, []
        return news

    def _tell(self, host: str, line: Line, *, news: bool) -> None:
        with self._lock:
            if host in self._lines:
                self._lines[host] = line
                if news:
                    self._news.append(line)
