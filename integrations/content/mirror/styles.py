"""Styles (CSS) that are passed on with pages: whether one loads or runs anything by itself.

Looked at as a browser reads it: what stands in comments is nothing, what stands in a string is no
comment, and an escaped character is that character.
"""

from __future__ import annotations

import re

_PIECES = re.compile(
    r"""/\*.*?(?:\*/|\Z)
    | "(?:\\.|[^"\\\n])*"? | '(?:\\.|[^'\\\n])*'?
    | url\((?!\s*["'])(?:\\.|[^)\\])*""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")  # addresses are read without them
_NAMESPACE = re.compile(r"@namespace\b[^;@]*;", re.IGNORECASE)
_ELSEWHERE = r"""(?:["']\s*)?(?:(?:https?|ftp|wss?):|(?:[a-z][a-z0-9+.-]*:)?[\\/]{2})"""
_LOADS = re.compile(
    r"@import|expression\s*\(|javascript:|-moz-binding|behavior\s*:"
    rf"|(?:url|src)\s*\(\s*{_ELSEWHERE}"
    rf"|image-set\s*\([^;{{}}]{{0,2000}}?[\"'(]\s*{_ELSEWHERE}",
    re.IGNORECASE,
)


def loads(text: str) -> bool:
    """Whether a sheet, or what stands in an attribute, loads something from elsewhere or runs."""
    plain = _PIECES.sub(lambda piece: "" if piece[0].startswith("/*") else piece[0], text)
    plain = _CONTROL.sub("", _ESCAPED.sub(_char, plain))
    return bool(_LOADS.search(_NAMESPACE.sub("", plain)))


def _char(escaped: re.Match[str]) -> str:
    if not escaped[1]:
        return escaped[2]
    number = int(escaped[1], 16)
    return chr(number) if number < 0x110000 else "\ufffd"
