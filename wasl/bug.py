"""What a defect of wasl looks like to its user: one line, and a file for whoever mends it."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

from wasl.errors import WaslError
from wasl.files import write_atomically


def bug(error: Exception, home: Path) -> WaslError:
    """`error` as a one-line WASL-BUG; its traceback goes to a file only the user can read."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    what = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
    path = home / "bugs" / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, "".join(traceback.format_exception(error)), mode=0o600)
    except (OSError, WaslError):
        return WaslError("WASL-BUG", f"{what}; its details could not be written under {home}")
    return WaslError("WASL-BUG", f"{what}; please report it with {path}")
