"""Progress of many side by side: live on a terminal, a line for each begin and end elsewhere."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from wasl.cli.console import Console

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text


class Line(Protocol):
    """A stack or a device, as far as it is."""

    def text(self) -> str:
        """In one line, whose columns are those of the others."""


class Board(Protocol):
    """What is known of all that are worked on; told from any thread."""

    def lines(self) -> Sequence[Line]:
        """Each as it is now, in an order that stays."""

    def news(self) -> Sequence[Line]:
        """What began and ended since the last time."""


class Screen:
    """Shows a board while others work. `say` may be called from any thread."""

    def __init__(self, board: Board, console: Console) -> None:
        self._board, self._console = board, console
        self._said: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._live: Live | None = None

    def __enter__(self) -> Screen:
        if self._console.animated:
            from rich.live import Live

            self._live = Live(
                get_renderable=self._now, console=self._console.rich, refresh_per_second=8
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
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
        for line in self._board.news():
            if self._live is None:
                self._console.note(line.text())

    def _now(self) -> Text:
        from rich.text import Text

        from wasl.report.text import printable

        text = Text(printable("\n".join(line.text() for line in self._board.lines())))
        for word, style in (("failed", "red"), ("done", "green")):
            text.highlight_regex(rf"(?m)^\S+ +(?:\S+ +)?{word}\b.*$", style)
        return text
