"""What a target holds now, as files: one CSV a kind, read once before planning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wasl.result import Message, digest


@dataclass(frozen=True)
class Side:
    """One kind's records as CSV: `columns` in the file's order."""

    path: Path
    columns: tuple[str, ...]
    newline: str = "\n"


@dataclass(frozen=True)
class Snapshot:
    """A target's state. `digests` is one SHA-256 a kind, taken when it was read.

    `touched` is a CSV of kind, sourcedId and since when (a date, or dateLastModified) of records
    that are disabled; nothing where the target does not tell. `doubled` names records that the
    target holds a second time.
    """

    sides: Mapping[str, Side]
    digests: Mapping[str, str]
    rows: Mapping[str, int]
    touched: Path | None = None
    notes: Sequence[Message] = ()
    doubled: frozenset[str] = frozenset()

    @property
    def digest(self) -> str:
        """One digest over all kinds."""
        return digest(dict(self.digests))
