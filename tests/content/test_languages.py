"""Language codes as catalogues write them, and the guess."""

from __future__ import annotations

import pytest

from integrations.content.languages import guess, language_code, settle_languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ara", "ar"),
        ("ar-TN", "ar"),
        ("fr_FR", "fr"),
        ("Français", "fr"),
        ("العربية", "ar"),
        ("eng", "en"),
        ("zgh", "zgh"),
        ("klingon", ""),
        ("", ""),
    ],
)
def test_codes(text: str, code: str) -> None:
    assert language_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("الكسور في الرياضيات", "ar"),
        ("الكسور العشرية (decimals)", "ar"),
        ("Les fractions dans la vie de tous les jours", "fr"),
        ("The cell and its parts", "en"),
        ("Photosynthesis", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_guess(text: str, code: str) -> None:
    assert guess(text) == code


def test_what_is_given_is_never_guessed_over() -> None:
    titles, _, languages, guessed = settle_languages({"und": "Les fractions"}, {}, ("en",))
    assert (titles, languages, guessed) == ({"en": "Les fractions"}, ("en",), False)


def test_a_guess_is_marked() -> None:
    titles, _, languages, guessed = settle_languages({"und": "درس الكسور"}, {}, ())
    assert (titles, languages, guessed) == ({"ar": "درس الكسور"}, ("ar",), True)


def test_the_title_s_own_language_is_no_guess() -> None:
    _, _, languages, guessed = settle_languages({"fr": "Photosynthèse"}, {}, ())
    assert (languages, guessed) == (("fr",), False)
