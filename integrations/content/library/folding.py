"""The house's folding of text as a table for the browser, made from the very function.

Python's `fold` works character by character once a text is in NFKC, so a table of what each
character becomes says all of it. Characters outside the table fold as JavaScript itself tells.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cache

from wasl.language import fold

# Latin with accents, combining marks, Arabic and its presentation forms, punctuation, digits.
_RANGES = (
    (0x0000, 0x024F),
    (0x0300, 0x036F),
    (0x0600, 0x08FF),
    (0x2000, 0x206F),
    (0x2D30, 0x2D7F),
    (0xFB50, 0xFEFF),
)


@cache
def table() -> dict[str, str]:
    """What each character becomes between two letters; a blank where it separates words."""
    return {
        char: fold(f"a{char}a")[1:-1]
        for first, last in _RANGES
        for char in map(chr, range(first, last + 1))
        if unicodedata.normalize("NFKC", char) == char
    }


def script() -> str:
    """`fold.js`: a function `fold` that gives what Python's gives."""
    entries = {char: folded for char, folded in table().items() if char != folded}
    known = [[first, last] for first, last in _RANGES]
    return (
        '"use strict";\n'
        f"const FOLDED = {json.dumps(entries, ensure_ascii=True, separators=(',', ':'))};\n"
        f"const KNOWN = {json.dumps(known)};\n" + _FUNCTION
    )


_FUNCTION = """
function foldOther(char) {
  const bare = char.normalize("NFD").replace(/[\\p{Mn}\\p{Me}\\p{Cf}]/gu, "");
  return bare.replace(/[^\\p{L}\\p{N}]+/gu, " ").toLowerCase();
}

function foldChar(char) {
  if (Object.hasOwn(FOLDED, char)) return FOLDED[char];
  const code = char.codePointAt(0);
  return KNOWN.some(([first, last]) => first <= code && code <= last) ? char : foldOther(char);
}

/* What a text is looked up by: the same as wasl.language.fold. */
function fold(text) {
  const folded = Array.from(text.normalize("NFKC"), foldChar).join("");
  return folded.replace(/ +/g, " ").trim();
}
"""
