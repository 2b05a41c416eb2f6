"""The catalogue of sentences: complete in three languages, with the same places in each."""

from __future__ import annotations

import json
from string import Formatter

import pytest

from tests.manifest.conftest import ROOT
from wasl.messages import LANGUAGES, say
from wasl.result import Message


def sentences(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in (ROOT / "wasl" / "messages").glob(f"*{language}.json"):
        found |= json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_says_all_that_english_says(language: str) -> None:
    def places(sentence: str) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(sentence)} - {None}

    english, other = sentences("en"), sentences(language)
    assert set(other) == set(english)
    assert {name: places(text) for name, text in other.items()} == {
        name: places(text) for name, text in english.items()
    }


def test_an_id_without_a_sentence_is_said_itself() -> None:
    assert say(Message("WASL-NOWHERE")) == "WASL-NOWHERE"


def test_an_argument_may_hold_braces() -> None:
    message = Message("WASL-MANIFEST-UNKNOWN-KEY", {"key": "{key.__class__}"})
    assert say(message) == "there is no key {key.__class__}"
