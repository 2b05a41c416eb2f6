"""Say on stderr what the set-up is doing: a line every few seconds at most, without colour."""

from __future__ import annotations

import sys
import time

from wasl.errors import WaslError

_SECONDS_BETWEEN_UPDATES = 5.0


class Progress:
    """Prints each new step at once, and further lines of the same step every few seconds."""

    def __init__(self) -> None:
        self._step = ""
        self._shown = 0.0

    def say(self, line: str) -> None:
        """Show a line; of those that start alike up to a colon, one every few seconds."""
        step, now = line.partition(":")[0], time.monotonic()
        if step == self._step and now - self._shown < _SECONDS_BETWEEN_UPDATES:
            return
        self._step, self._shown = step, now
        print(f"setup: {line}", file=sys.stderr, flush=True)

    def error(self, error: WaslError) -> None:
        """Show an error and its next step."""
        print(error, file=sys.stderr, flush=True)

    def interrupted(self) -> None:
        """Say that nothing is lost."""
        print("\nsetup: interrupted; run it again to continue", file=sys.stderr, flush=True)
