"""Progress of many stacks: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import queue
import time
from types import TracebackType
from typing import TYPE_CHECKING

from wasl.cli.console import Console
from wasl.planes.cloud.progress import Board, Row

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_STYLES = {"failed": "red", "done": "green"}


class Screen:
    """Shows a board while a fleet works. `say` may be called from any thread."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board = board
        self._console = console
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._live: Live | None = None

    def __enter__(self) -> Screen:
        if self._console.animated:
            from rich.live import Live

            self._live = Live(
                get_renderable=self._table, console=self._console.rich, refresh_per_second=8
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.tick()
        if self._live:
            self._live.stop()
            self._live = None

    def say(self, text: str) -> None:
        """A sentence about what is going on."""
        self._said.put(text)

    def tick(self) -> None:
        """Show what happened since the last time."""
        while not self._said.empty():
            text = self._said.get()
            if self._live:
                self._live.console.print(text, markup=False)
            else:
                self._console.note(text)
        for row in self._board.news():
            if self._live is None:
                self._console.note(_line(row))

    def _table(self) -> Table:
        from rich.table import Table

        table = Table("country", "phase", "steps", "seconds", "", box=None, pad_edge=False)
        now = time.monotonic()
        for row in self._board.rows():
            seconds = f"{row.seconds(now):.0f}" if row.began else ""
            style = _STYLES.get(row.phase, "")
            table.add_row(row.name, row.phase, _steps(row), seconds, row.result, style=style)
        return table


def _steps(row: Row) -> str:
    if not row.done and not row.total:
        return ""
    return f"{row.done}/{row.total}" if row.total >= row.done else str(row.done)


def _line(row: Row) -> str:
    seconds = f"{row.seconds(time.monotonic()):5.1f} s" if row.ended else " " * 7
    return f"{row.name:12} {row.phase:11} {seconds}  {row.result}".rstrip()
