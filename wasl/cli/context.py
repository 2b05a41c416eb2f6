"""What every verb is given: where it works and how it speaks."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wasl.cli.console import Console

if TYPE_CHECKING:
    from wasl.messages import Language
    from wasl.report import Report
    from wasl.result import Words


@dataclass(frozen=True, slots=True)
class Context:
    """The checkout's `root`, the local state's `home`, the common options, the console."""

    root: Path
    home: Path
    console: Console
    format: str = "text"
    output: Path | None = None
    language: Language = "en"
    yes: bool = False
    scheduler: str = ""

    def report(self, report: Report) -> None:
        """Show the report, or put it into `--output`, in the format and language asked for."""
        from wasl.report import render

        self.give(render(report, self.format, self.language))

    def give(self, text: str) -> None:
        """Show what was asked for, or put it into `--output`."""
        if self.output is None:
            self.console.result(text)
            return
        from wasl.files import write_atomically

        write_atomically(self.output, text)

    def write(self, report: Report, form: str, path: Path) -> None:
        """Put the report into a file, in a format of its own."""
        from wasl.files import write_atomically
        from wasl.report import render

        write_atomically(path, render(report, form, self.language))

    def aside(self) -> Context:
        """The same, with reports as text beside the result: for what leads up to it."""
        return replace(self, format="text", output=None, console=self.console.beside())

    def confirm(self, question: Words) -> bool:
        """Whether to go on: `--yes`, or the user's answer; a no is said to have changed nothing."""
        from wasl.report import told

        return self.yes or self._heeded(self.console.confirm(told(question, self.language)))

    def typed(self, question: Words, word: str) -> bool:
        """The same for what cannot be undone: the user types `word`."""
        from wasl.report import told

        asked = told(question, self.language)
        return self.yes or self._heeded(self.console.typed(asked, word))

    def _heeded(self, agreed: bool) -> bool:
        from wasl.messages import say
        from wasl.result import Message

        if not agreed:
            self.console.note(say(Message("ask.declined"), self.language))
        return agreed


def find_root(start: Path) -> Path:
    """The checkout that `start` is in: the nearest folder with `countries/`, else `start`."""
    for folder in (start, *start.parents):
        if (folder / "countries").is_dir():
            return folder
    return start


def find_home(root: Path) -> Path:
    """Where local state lives: `WASL_HOME`, else `.wasl` of the checkout."""
    configured = os.environ.get("WASL_HOME")
    return Path(configured).expanduser().resolve() if configured else root / ".wasl"
