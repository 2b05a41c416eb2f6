"""What is wrong with a roster, where, and how it is mended: in one shape for all readers.

A problem names file, line and column and never the value, since the value may be a child's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wasl.errors import WaslError, WaslErrors

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong; `line` counts from 1 and is 0 where the file as a whole is meant."""

    code: str
    file: str
    line: int
    column: str
    what: str
    mend: str

    @property
    def where(self) -> str:
        """`users.csv:17 givenName`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place} {self.column}".strip()

    def error(self) -> WaslError:
        """The same, as an error."""
        return WaslError(self.code, self.what, where=self.where, hint=self.mend)


class RosterError(WaslErrors):
    """A roster that cannot be used; `problems` holds everything found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [problem.error() for problem in self.problems[:SHOWN]]
        left = len(self.problems) - len(shown)
        if left:
            rest = f"and {left} more problems"
            shown.append(WaslError("WASL-ROSTER-MORE", rest, hint="mend these, then run it again"))
        super().__init__(shown)


def refused(code: str, what: str, file: str, mend: str, column: str = "") -> RosterError:
    """A roster refused for one reason that concerns a whole file."""
    return RosterError([Problem(code, file, 0, column, what, mend)])
