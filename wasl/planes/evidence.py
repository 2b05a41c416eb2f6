"""Evidence for the board's numbers: journal lines, folders, checks; and words for what is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from wasl.board.facts import Evidence
from wasl.errors import WaslError
from wasl.history import Place
from wasl.journal import Line
from wasl.result import Message, digest


def of_line(place: Place, line: Line) -> Evidence:
    """A line of a journal; its digest stands for all lines before it."""
    where = f"{place.name}/{line.segment}:{line.number}"
    return Evidence("journal", where, line.digest, line.entry.time)


def of_folder(name: str, root: Path, files: Iterable[Path], time: str) -> Evidence:
    """All files of a folder: the digest of their names and digests."""
    each = {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }
    return Evidence("records", name, digest(each), time)


def wrong(error: WaslError) -> Message:
    """Why something could not be read, in a word that may be published: the error's code alone."""
    return Message("board.unreadable", {"code": error.code})
