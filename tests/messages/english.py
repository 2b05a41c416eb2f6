"""English where another language was asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_CODE = re.compile(r"`[^`]*`|--[a-z-]+ [a-z]+|\bwasl(?: [a-z-]+| --[a-z-]+| [A-Z]+)*")
_WORDS = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,})+")


def english(text: str) -> list[str]:
    """Runs of two or more English words that are no command; a list of names has commas."""
    return _WORDS.findall(_CODE.sub("", text))


def in_report(report: Mapping[str, Any]) -> list[str]:
    """The same in all words of a JSON report."""
    said: Iterable[str] = (
        *(change["reason"] for change in report["changes"]),
        *(finding[key] for finding in report["findings"] for key in ("text", "next")),
        *report["notes"],
    )
    return [words for text in said for words in english(text)]
