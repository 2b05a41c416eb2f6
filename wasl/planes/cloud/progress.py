"""How far each stack is: written by the workers, read by whoever shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Line:
    """One stack: its phase, steps done and expected (0: not known), when it began and ended."""

    name: str
    phase: str = "waiting"
    done: int = 0
    total: int = 0
    began: float = 0.0
    ended: float = 0.0
    result: str = ""
    failed: bool = False

    def seconds(self, now: float) -> float:
        """How long it has been worked on."""
        return (self.ended or now) - self.began if self.began else 0.0

    def text(self) -> str:
        """`jo           up            12/80    34 s  9 created`."""
        seconds = f"{self.seconds(time.monotonic()):5.0f} s" if self.began else " " * 7
        return (
            f"{self.name:12} {self.phase:11} {self._steps():>7} {seconds}  {self.result}".rstrip()
        )

    def _steps(self) -> str:
        if not self.done and not self.total:
            return ""
        return f"{self.done}/{self.total}" if self.total >= self.done else str(self.done)


class Board:
    """The rows of all stacks; safe to use from several threads."""

    def __init__(self, names: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._rows = {name: Line(name) for name in names}
        self._news: list[Line] = []

    def phase(self, name: str, phase: str, total: int = 0) -> None:
        """`name` begins something new, of `total` steps."""
        with self._lock:
            row = self._rows[name]
            began = row.began or time.monotonic()
            self._set(replace(row, phase=phase, done=0, total=total, began=began))

    def step(self, name: str) -> None:
        """One more step of `name` is done."""
        with self._lock:
            row = self._rows[name]
            self._rows[name] = replace(row, done=row.done + 1)

    def end(self, name: str, result: str, *, failed: bool = False) -> None:
        """`name` is finished."""
        with self._lock:
            row = self._rows[name]
            phase = "failed" if failed else "done"
            now = time.monotonic()
            self._set(
                replace(
                    row,
                    phase=phase,
                    ended=now,
                    began=row.began or now,
                    result=result,
                    failed=failed,
                )
            )

    def row(self, name: str) -> Line:
        """One row as it is now."""
        with self._lock:
            return self._rows[name]

    def lines(self) -> list[Line]:
        """All rows, in the order in which they were named."""
        with self._lock:
            return list(self._rows.values())

    def news(self) -> list[Line]:
        """The rows whose phase changed since the last call, in order."""
        with self._lock:
            news, self._news = self._news, []
            return news

    def _set(self, row: Line) -> None:
        self._rows[row.name] = row
        self._news.append(row)


def counted(counts: Mapping[str, int]) -> str:
    """The engine's counts in words: `9 created, 2 updated`."""
    words = {
        "create": "created",
        "update": "updated",
        "replace": "replaced",
        "delete": "deleted",
        "same": "unchanged",
    }
    parts = [f"{counts[op]} {word}" for op, word in words.items() if counts.get(op)]
    return ", ".join(parts) or "nothing there"
