"""Rights statements read into SPDX ids, in their many spellings.

A statement is understood as a whole or not at all: a word that is neither the licence's name nor
one of the words that usually stand around it makes it unknown (`not CC BY`, `CC BY except …`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from wasl.language import fold

State = Literal["known", "closed", "unknown", "missing", "contradicting"]

_CC_URL = re.compile(
    r"^https?://(?:www\.)?creativecommons\.org/"
    r"(?:licen[sc]es/(?P<parts>by(?:-(?:nc|sa|nd)){0,2})/(?P<version>[1-4]\.\d)"
    r"|publicdomain/(?P<domain>zero|mark)/1\.0)"
    r"(?:/(?:[a-z]{2,3}|igo))?(?:/(?:deed|legalcode)(?:[.-][a-z_-]+)?)?/?$",
    re.IGNORECASE,
)
_SPDX_URL = re.compile(r"^https?://(?:www\.)?spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html)?/?$")
_URL = re.compile(r"https?://[^\s<>\"'()،]+")
_VERSION = re.compile(r"\b([1-4]) ([05])\b")
_VERSIONED = re.compile(r"-[\d.]+$")
_PARTS = re.compile(r"[;()|،؛\n]|\. ")
_LONGEST = 2000
_ORDER = ("by", "nc", "nd", "sa")


@dataclass(frozen=True, slots=True)
class Licence:
    """What a resource's rights statements come to.

    `id` is an SPDX id, or one without its version (`CC-BY`) where none was given; empty unless
    `known`. `said` is the statement that decided.
    """

    state: State
    id: str = ""
    said: str = ""


def read_licence(statements: Iterable[str]) -> Licence:
    """The one licence that all statements name.

    Statements that name a closed one win; two different open ones contradict each other; one that
    is not understood beside one that is does not count, unless it speaks of a licence's parts.
    """
    read = [(statement.strip(), read_statement(statement)) for statement in statements]
    read = [(said, ids) for said, ids in read if said]
    if not read:
        return Licence("missing")
    closed = next((said for said, ids in read if "closed" in ids), None)
    if closed is not None:
        return Licence("closed", said=closed)
    named = {name: said for said, ids in read for name in ids}
    exact = _without_repeats(named)
    if len(exact) > 1:
        return Licence("contradicting", said="; ".join(named[name] for name in sorted(exact)))
    if exact and all(ids or not _speaks_of_licence(said) for said, ids in read):
        (name,) = exact
        return Licence("known", name, named[name])
    return Licence("unknown", said=next((said for said, ids in read if not ids), ""))


@lru_cache(maxsize=4096)
def read_statement(statement: str) -> frozenset[str]:
    """The SPDX ids that one statement names; `closed` for all rights reserved; empty if unknown."""
    text = statement.strip()
    if not text or len(text) > _LONGEST:
        return frozenset()
    ids = set()
    for url in _URL.findall(text):
        name = _of_url(url.rstrip(".,;"))
        if not name:
            return frozenset()
        ids.add(name)
    rest = _of_text(_URL.sub(" ", text))
    return frozenset() if rest is None else _joined(ids, rest)


def licence_names() -> tuple[str, ...]:
    """Every SPDX id that a statement can come to, with those that go without their version."""
    ids = _spdx_ids().values()
    return tuple(dict.fromkeys(one for name in ids for one in (name, _VERSIONED.sub("", name))))


def _of_text(text: str) -> frozenset[str] | None:
    """The ids of a text, read whole, else part by part: `Attribution 4.0 (CC BY 4.0)`."""
    words = fold(text)
    whole = _of_words(words) if words else frozenset()
    parts = [fold(part) for part in _PARTS.split(text)]
    if whole is not None or len(parts) < 2:
        return whole
    read = [_of_words(part) for part in parts if part]
    return None if None in read else frozenset().union(*(ids for ids in read if ids))


def _joined(ids: set[str], rest: frozenset[str]) -> frozenset[str]:
    """Beside its own URL a licence's name adds nothing: `CC BY 4.0 (https://…/by/4.0/)`."""
    return frozenset(_without_repeats(dict.fromkeys([*ids, *rest], "")))


def _without_repeats(names: dict[str, str]) -> set[str]:
    """Names without a version fall to the same with one."""
    return {
        name
        for name in names
        if not any(
            other != name and re.fullmatch(re.escape(name) + r"-[\d.]+", other) for other in names
        )
    }


def _of_url(url: str) -> str:
    match = _CC_URL.match(url)
    if match:
        if match["domain"]:
            return "CC0-1.0" if match["domain"].lower() == "zero" else "CC-PDM-1.0"
        return _cc_id(match["parts"].lower().split("-"), match["version"])
    spdx = _SPDX_URL.match(url)
    return _spdx_ids().get(spdx[1].casefold(), "") if spdx else ""


def _of_words(words: str) -> frozenset[str] | None:
    """The ids that folded words name; None where a word is not understood."""
    phrases = _phrases()
    if words in phrases:
        return frozenset({phrases[words]})
    spdx = _spdx_ids().get(words.replace(" ", "-")) or _spdx_words().get(words)
    if spdx:
        return frozenset({spdx})
    creative = _creative_commons(words)
    if creative:
        return frozenset({creative})
    stripped = " ".join(word for word in words.split() if word not in _frames())
    if not stripped:
        return frozenset()
    if stripped != words:
        return _of_words(stripped)
    # "Copyright 2020 …, all rights reserved" is closed whatever stands around it.
    if any(f" {phrase} " in f" {words} " for phrase in _closed()):
        return frozenset({"closed"})
    return None


def _creative_commons(words: str) -> str:
    """The id of a Creative Commons licence in folded words; empty if any word is left over."""
    version = _VERSION.search(words)
    left = f" {_VERSION.sub(' ', words, count=1)} "
    named = False
    for name in _names():
        if name in left and not named:
            left, named = left.replace(name, " ", 1), True
    parts = []
    for part, spellings in _spellings().items():
        for spelling in spellings:
            if spelling in left:
                left = left.replace(spelling, " ", 1)
                parts.append(part)
                break
    for port in _ports():
        left = left.replace(port, " ")
    rest = [word for word in left.split() if word not in _frames()]
    if rest or "by" not in parts or not (named or len(parts) > 1 or version):
        return ""
    return _cc_id(parts, f"{version[1]}.{version[2]}" if version else "")


def _cc_id(parts: list[str], version: str) -> str:
    """`CC-BY-NC-SA-4.0`; empty for a combination that does not exist."""
    if "sa" in parts and "nd" in parts:
        return ""
    ordered = "-".join(part.upper() for part in _ORDER if part in parts)
    return f"CC-{ordered}-{version}" if version else f"CC-{ordered}"


def _speaks_of_licence(statement: str) -> bool:
    """Whether a statement that was not understood may still limit what is allowed."""
    words = f" {fold(statement)} "
    return any(telling in words for telling in _telling()) or "http" in statement


@cache
def _data() -> dict[str, Any]:
    file = files("integrations.content.licences").joinpath("licences.yaml")
    data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return data


@cache
def _phrases() -> dict[str, str]:
    open_ones = {fold(p): entry["id"] for entry in _data()["others"] for p in entry["phrases"]}
    return open_ones | dict.fromkeys(_closed(), "closed")


@cache
def _closed() -> frozenset[str]:
    return frozenset(fold(phrase) for phrase in _data()["closed"])


@cache
def _names() -> tuple[str, ...]:
    return _folded(_data()["names"])


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """How each part of a Creative Commons licence is written."""
    return {part: _folded(spellings) for part, spellings in _data()["parts"].items()}


@cache
def _ports() -> tuple[str, ...]:
    return _folded(_data()["ports"])


@cache
def _telling() -> tuple[str, ...]:
    """What speaks of a licence, or limits one: its parts, unless it is the one that all have."""
    limiting = (one for part, ones in _spellings().items() if part != "by" for one in ones)
    return (*_folded([word for words in _data()["telling"] for word in words]), *limiting)


@cache
def _frames() -> frozenset[str]:
    return frozenset(word for frame in _data()["frames"] for word in fold(frame).split())


@cache
def _spdx_ids() -> dict[str, str]:
    """Every SPDX id that is known here, by its small letters."""
    combinations = ("BY", "BY-NC", "BY-SA", "BY-ND", "BY-NC-SA", "BY-NC-ND")
    versions = ("1.0", "2.0", "2.5", "3.0", "4.0")
    creative = [f"CC-{parts}-{version}" for parts in combinations for version in versions]
    names = [*creative, *(entry["id"] for entry in _data()["others"])]
    return {name.casefold(): name for name in names}


@cache
def _spdx_words() -> dict[str, str]:
    return {fold(name): name for name in _spdx_ids().values()}


def _folded(names: list[str]) -> tuple[str, ...]:
    """Names as whole words, each once, the longest first: none is read as its own beginning.

    Folded once for all statements: to fold takes longer than all the rest of the reading.
    """
    folded = dict.fromkeys(f" {fold(name)} " for name in names)
    return tuple(sorted(folded, key=len, reverse=True))
