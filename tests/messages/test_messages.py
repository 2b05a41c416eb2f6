"""The catalogue of sentences: complete in three languages, with the same places in each."""

from __future__ import annotations

import json
from string import Formatter

import pytest

from infra.policies.facts import facts
from infra.policies.residency import permitted_here
from integrations.identity.guards import Stop
from integrations.identity.reasons import REASONS as REASONS_OF_A_ROSTER
from tests.manifest.conftest import ROOT
from tests.messages.english import english
from wasl.manifest.identity import Guard
from wasl.messages import LANGUAGES, next_step, say
from wasl.result import Action, Finding, Kind, Message, Severity


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


def test_arabic_has_no_english_sentence() -> None:
    """Names of things, keys and commands stay as they are; two English words in a row do not."""
    spoken = {
        name: english(Formatter().vformat(text, (), _Named()))
        for name, text in sentences("ar").items()
    }
    assert {name: words for name, words in spoken.items() if words} == {}


class _Named(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"


REASONS = [
    *(f"identity.reason.{code}" for code in sorted(REASONS_OF_A_ROSTER)),
    *(f"action.{action.value}" for action in Action),
]


@pytest.mark.parametrize("name", REASONS)
def test_what_a_plan_does_and_why_has_words(name: str) -> None:
    assert name in sentences("en")


def test_words_within_words_are_said_in_the_same_language_and_survive_json() -> None:
    school = Message("identity.reason.moved")
    why = Message("identity.reason.between", {"why": school, "from": "s1", "to": "s2"})
    kept = Message.from_json(json.loads(json.dumps(why.as_json())))
    assert say(kept, "en") == "moved to another school (s1 to s2)"
    assert say(kept, "ar") == "انتقل إلى مدرسة أخرى (من s1 إلى s2)"
    both = Message("content.reason.held", {"why": (Message("action.hold"), Message("action.move"))})
    assert Message.from_json(both.as_json()) == both
    assert say(both, "en") == "hold; move"


def test_a_next_step_knows_the_country() -> None:
    found = Finding(
        "content",
        "tn",
        "x",
        Kind.MISSING,
        Severity.LOW,
        message=Message("WASL-CONTENT-NEVER-HARVESTED"),
    )
    assert next_step(found) == "harvest it: wasl content plan tn"


def test_a_guard_speaks_arabic() -> None:
    stop = Stop("users", "s1", 9, 10, Guard(percent=5, count=3))
    assert english(say(stop.words, "ar")) == []
    assert say(stop.words) == (
        "9 of 10 users in school s1 (90.0 %) would be disabled or removed;"
        " the guard lets 3 and 5 % through"
    )


def test_a_breach_of_residency_is_said_in_arabic_with_what_to_do() -> None:
    (breach,) = permitted_here("region", "eu-west-1", ("primary",), facts(ROOT, "jo"))
    assert breach.what.startswith("region names eu-west-1; the contract permits for primary: ")
    said = Message("cloud.residency", {"type": "t", "name": "n", "reason": breach.words})
    found = Finding("cloud", "jo", "n", Kind.RESIDENCY, Severity.HIGH, message=said, remedy="x")
    assert next_step(found) == breach.next
    assert english(say(said, "ar")) == english(next_step(found, "ar")) == []
