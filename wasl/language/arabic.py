"""Text folded for comparing, and keys of names: what two spellings of one word have in common.

Folded text serves to look things up and to suggest that two people may be one. It is never shown,
stored or sent in place of the original, and never decides anything alone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# One letter, many keyboards: hamza seats, alef forms, ta marbuta, alef maqsura, Persian and Urdu
# shapes of kaf, ya and ha. A bare hamza is often left out, so it counts for nothing.
_LETTERS = {
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ٲ": "ا",
    "ٳ": "ا",
    "ؤ": "و",
    "ئ": "ي",
    "ء": "",
    "ة": "ه",
    "ۃ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ە": "ه",
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ک": "ك",
    "ڪ": "ك",
    "ـ": "",
}
_EASTERN = {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
_FOLD = str.maketrans({**_LETTERS, **_EASTERN})
_BREAKS = re.compile(r"[\W_]+")

_SERVANT = frozenset({"عبد", "abd"})  # عبد الله and عبدالله are one name
_FATHER = frozenset({"ابو", "ابي", "ام", "abou", "abu", "oum", "umm"})
_SON = frozenset({"بن", "ابن", "بنت", "ben", "bin", "ibn", "bint", "bent"})


def fold(text: str) -> str:
    """`text` without what spelling varies in: presentation forms, diacritics, case, digits' shapes.

    Latin letters lose accents and case; runs of anything but letters and digits become one blank.
    """
    compatible = unicodedata.normalize("NFKC", text).translate(_FOLD)
    apart = unicodedata.normalize("NFD", compatible).translate(_FOLD)
    kept = (char for char in apart if unicodedata.category(char) not in ("Mn", "Me", "Cf"))
    return _BREAKS.sub(" ", "".join(kept)).strip().casefold()


def name_key(*parts: str) -> str:
    """What the spellings of one person's name share: عبد and أبو joined on, بن left out.

    `parts` are the name's parts in order (given, middle, family); empty ones count for nothing.
    """
    words = [word for part in parts for word in _words(part)]
    kept = [word for word in words if word not in _SON] or words
    return " ".join(_joined(kept))


@lru_cache(maxsize=65536)
def _words(part: str) -> tuple[str, ...]:
    return tuple(fold(part).split())


def _joined(words: list[str]) -> list[str]:
    joined: list[str] = []
    prefix = ""
    for word in words:
        if not prefix and word in _SERVANT | _FATHER:
            prefix = word
        else:
            joined.append(prefix + word)
            prefix = ""
    return [*joined, prefix] if prefix else joined
