"""The one module that prints. Results go to stdout, all else to stderr.

Colour and animation appear only on a terminal; rich is imported only there.
"""

from __future__ import annotations

import re
import sys
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from wasl.errors import UsageError, WaslError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole

SEVERITY_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


class Console:
    """Where a command speaks."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._err = err or sys.stderr
        self._left: list[str] = []

    def beside(self) -> Console:
        """The same console with results among the notes: for what leads up to a result."""
        console = Console(self._err, self._err)
        console._left = self._left
        return console

    @property
    def interactive(self) -> bool:
        """Whether someone sits at a terminal who can be asked."""
        return sys.stdin.isatty() and self._err.isatty()

    @property
    def animated(self) -> bool:
        """Whether progress may redraw itself."""
        return self._err.isatty()

    @cached_property
    def rich(self) -> RichConsole:
        """rich on stderr, for live tables and progress; plain where there is no terminal."""
        from rich.console import Console as RichConsole

        return RichConsole(file=self._err, highlight=False)

    def result(self, text: str) -> None:
        """Print what was asked for, as it is."""
        if self._out.isatty():
            self._coloured(text)
        else:
            self._out.write(text)
        self._out.flush()

    def note(self, text: str) -> None:
        """Say something beside the result."""
        from wasl.report.text import printable

        self._err.write(f"{printable(text)}\n")
        self._err.flush()

    def error(self, error: WaslError) -> None:
        """Say what went wrong, where, and what to do next."""
        self.note(str(error))

    def left(self, what: str) -> None:
        """Remember what an interruption from now on would leave half-done."""
        self._left.append(what)

    def done(self, what: str) -> None:
        """Forget what `left` remembered."""
        self._left.remove(what)

    def interrupted(self) -> None:
        """Say that the user stopped the command, and what that left."""
        self.note("\nWASL-INTERRUPTED: stopped by you")
        for what in self._left:
            self.note(f"  left:  {what}")
        self.note("  next:  run the same command again; it goes on from what is there")

    def confirm(self, question: str) -> bool:
        """Ask. Raises `UsageError` where nobody can answer."""
        if not self.interactive:
            raise UsageError(f"nobody is here to answer: {question}", hint="add --yes")
        self._err.write(f"{question} [y/N] ")
        self._err.flush()
        return sys.stdin.readline().strip().lower() in ("y", "yes", "o", "oui", "ن", "نعم")

    def typed(self, question: str, word: str) -> bool:
        """Ask for a word to be typed. Raises `UsageError` where nobody can answer."""
        if not self.interactive:
            raise UsageError(f"nobody is here to answer: {question}", hint="add --yes")
        self._err.write(f"{question}: ")
        self._err.flush()
        return sys.stdin.readline().strip() == word

    def _coloured(self, text: str) -> None:
        from rich.console import Console as RichConsole
        from rich.text import Text

        from wasl.messages import LANGUAGES, say
        from wasl.result import Message

        styled = Text(text, end="")
        for word, style in SEVERITY_STYLES.items():
            for language in LANGUAGES:
                said = re.escape(say(Message(f"severity.{word}"), language))
                styled.highlight_regex(rf"(?m)^{said}\b", style)
        RichConsole(file=self._out, highlight=False, soft_wrap=True).print(styled)
