"""The one exception a user ever meets: what went wrong, where, and what to do next.

Every error carries a stable code (`WASL-…`) that documentation and scripts may rely on. The
command line catches `WaslError` once, prints it and exits with `ExitCode.FAILED`; a traceback
is a defect of wasl, never an answer to a user's mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit status says; the same for every verb. FAILED outranks DIFFERENCES."""

    CLEAN = 0
    FAILED = 1
    DIFFERENCES = 2
    USAGE = 64
    INTERRUPTED = 130


class WaslError(Exception):
    """Something the user can act on.

    `code` is stable; `where` is a file, line, key, URL or resource; `hint` is the next step.
    """

    def __init__(self, code: str, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.code}: {self.what}"]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.hint:
            lines.append(f"  next:  {self.hint}")
        return "\n".join(lines)


class WaslErrors(WaslError):
    """Several independent errors reported together, so that one run shows all there is to mend."""

    def __init__(self, errors: Sequence[WaslError]) -> None:
        super().__init__(errors[0].code, f"{len(errors)} errors")
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)


class UsageError(WaslError):
    """The command line itself was wrong; exit status 64."""

    def __init__(self, what: str, *, hint: str = "wasl --help") -> None:
        super().__init__("WASL-USAGE", what, hint=hint)
