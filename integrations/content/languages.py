"""Languages as catalogues write them, and a guess where they write none."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from integrations.content.model import UNDETERMINED
from wasl.language import fold

_ARABIC = re.compile(r"[\u0620-\u064a\u0671-\u06d3]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u017f]")
_WORD = re.compile(r"[^\W\d_]+")
# The commonest words of the two languages that share the Latin script here.
_WORDS = {
    "fr": "le la les de des du et un une dans pour sur avec est au aux par en que qui ce cette "
    "leur nos son ses ou l d",
    "en": "the of and to in for on with is a an by from this that are as how at or it its be your",
}
_COMMON = {code: frozenset(words.split()) for code, words in _WORDS.items()}
_ENOUGH = 0.5
_SHORTEST = 3


@lru_cache(maxsize=4096)
def language_code(text: str) -> str:
    """The ISO 639 code that `text` means: a tag (`fr-TN`, `ara`), or a name; empty if unknown."""
    primary = re.split("[-_]", text.strip().casefold())[0]
    return _codes().get(primary) or _codes().get(fold(text), "")


def language_codes() -> tuple[str, ...]:
    """Every code that a resource's language can come to."""
    return tuple(dict.fromkeys(_codes().values()))


def guess(text: str) -> str:
    """The language that `text` is most likely in: ar, fr, en, or empty where that is open.

    Told by script, then by the commonest words; never by a name or a single word.
    """
    arabic, latin = len(_ARABIC.findall(text)), len(_LATIN.findall(text))
    if arabic >= _SHORTEST and arabic > _ENOUGH * (arabic + latin):
        return "ar"
    if latin < _SHORTEST:
        return ""
    words = [word.casefold() for word in _WORD.findall(text)]
    scores = {code: sum(word in common for word in words) for code, common in _COMMON.items()}
    best, other = sorted(scores, key=lambda code: -scores[code])
    return best if scores[best] > scores[other] else ""


def settle_languages(
    titles: dict[str, str], descriptions: dict[str, str], languages: tuple[str, ...]
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...], bool]:
    """The texts and languages of a resource, `und` resolved as far as possible.

    A language is guessed only where none is given at all; the last value says that it was.
    """
    guessed = False
    if not languages:
        told = tuple(code for code in titles if code != UNDETERMINED)
        found = guess(" ".join((*titles.values(), *descriptions.values())))
        languages = told or ((found,) if found else ())
        guessed = not told and bool(found)
    if len(languages) == 1:
        (language,) = languages
        for texts in (titles, descriptions):
            if UNDETERMINED in texts:
                texts.setdefault(language, texts.pop(UNDETERMINED))
    return titles, descriptions, languages, guessed


@cache
def _codes() -> dict[str, str]:
    """Every spelling, folded, and the code that it stands for."""
    file = files("integrations.content").joinpath("languages.yaml")
    known: dict[str, list[str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        spelling: code
        for code, names in known.items()
        for name in (code, *names)
        for spelling in {name.casefold(), fold(name)}
    }
