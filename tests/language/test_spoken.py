"""Numbers, dates and plurals as each language says them."""

from __future__ import annotations

import json
from datetime import date

import pytest

from tests.manifest.conftest import ROOT
from wasl.language.spoken import day, form, forms, moment, number, percent
from wasl.messages import LANGUAGES, counted


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "لا فروق"),
        (1, "فرق واحد"),
        (2, "فرقان"),
        (3, "3 فروق"),
        (10, "10 فروق"),
        (11, "11 فرقًا"),
        (99, "99 فرقًا"),
        (100, "100 فرق"),
        (103, "103 فروق"),
        (1102, "1,102 فرق"),
    ],
)
def test_arabic_has_six_plural_forms(count: int, said: str) -> None:
    assert counted("board.findings", count, "ar") == said


def test_french_counts_nought_as_one_and_has_a_form_for_millions() -> None:
    said = [counted("board.findings", count, "fr") for count in (0, 1, 2, 1_000_000)]
    assert said == ["0 écart", "1 écart", "2 écarts", "1\u202f000\u202f000 d'écarts"]


def test_english_has_one_and_many() -> None:
    assert [counted("board.findings", count, "en") for count in (0, 1, 2)] == [
        "0 differences",
        "one difference",
        "2 differences",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_counted_sentence_has_all_forms_of_its_language(language: str) -> None:
    sentences = json.loads((ROOT / "wasl/messages" / f"board.{language}.json").read_text("utf-8"))
    many = {name: text for name, text in sentences.items() if "|" in text}
    assert "board.findings" in many
    for name, text in many.items():
        assert len(text.split("|")) == len(forms(language)), name


def test_the_categories_are_cldr_s() -> None:
    assert forms("ar") == ("zero", "one", "two", "few", "many", "other")
    assert [form(count, "ar") for count in (0, 1, 2, 3, 11, 100)] == list(forms("ar"))


def test_a_day_bears_both_names_of_its_month_in_arabic() -> None:
    when = date(2026, 11, 24)
    assert day(when, "ar") == "24 تشرين الثاني/نوفمبر 2026"
    assert day(when, "fr") == "24 novembre 2026"
    assert day(when, "en") == "24 November 2026"


def test_times_are_said_in_utc_whatever_zone_they_are_written_in() -> None:
    assert moment("2026-11-24T11:30:00+02:00", "fr") == "24 novembre 2026, 09:30 UTC"
    assert moment("2026-11-24T09:30:00Z", "ar").endswith("، 09:30 UTC")
    assert moment("no time", "en") == "no time"


def test_numbers_and_shares() -> None:
    assert [number(1234.56, one) for one in ("en", "fr")] == ["1,234.6", "1\u202f234,6"]
    assert percent(2 / 3, "en") == "66.7%"
    assert percent(1.0, "fr") == "100\u202f%" or percent(1.0, "fr") == "100\u00a0%"
