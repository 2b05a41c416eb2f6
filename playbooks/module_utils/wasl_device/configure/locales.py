"""Locales for a country and language, composed where glibc has none.

glibc lacks French in Tunisia, English in Jordan, Arabic in the Comoros. A composed locale takes
words, sorting and dates from the language as it is written elsewhere, and money, paper, telephone
and measures from the country. Written as `localedef` reads it (ISO/IEC 30112).
"""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import DeviceError

# Where a language is taken from when its own country has none.
LANGUAGES = {"ar": "ar_EG", "fr": "fr_FR", "en": "en_GB", "so": "so_DJ", "aa": "aa_DJ"}
# Which locale of glibc knows a country's money and paper.
COUNTRIES = {
    **{code: f"ar_{code.upper()}" for code in ("jo", "tn", "lb", "sd", "ye", "ma", "eg")},
    "dj": "so_DJ",
}
OF_LANGUAGE = ("CTYPE", "COLLATE", "TIME", "NUMERIC", "MESSAGES", "NAME", "IDENTIFICATION")
OF_COUNTRY = ("MONETARY", "PAPER", "TELEPHONE", "ADDRESS", "MEASUREMENT")
# The Comoros have no locale at all; their franc is all that French money does not say.
MONEY = {"km": ("fr_FR", "KMF ", "FC")}


@dataclass(frozen=True, slots=True)
class Locale:
    """A locale by name; `definition` is empty where glibc has it."""

    name: str
    definition: str

    @property
    def full(self) -> str:
        """As programs name it."""
        return f"{self.name}.UTF-8"


def locale(language: str, country: str, known: frozenset[str]) -> Locale:
    """The locale of a language in a country; `known` are the names that glibc has.

    Raises WASL-CONFIGURE-LANGUAGE for a language that cannot be composed.
    """
    name = f"{language}_{country.upper()}"
    if name in known:
        return Locale(name, "")
    base = LANGUAGES.get(language)
    place = COUNTRIES.get(country) or MONEY.get(country, ("",))[0]
    if base is None or base not in known or place not in known:
        raise DeviceError("WASL-CONFIGURE-LANGUAGE", language=language, country=country)
    lines = ["comment_char %", "escape_char /", ""]
    for category in OF_LANGUAGE:
        lines += _copied(category, base)
    for category in OF_COUNTRY:
        if category == "MONETARY" and country in MONEY:
            lines += _money(*MONEY[country][1:])
        else:
            lines += _copied(category, place)
    return Locale(name, "\n".join(lines))


def _copied(category: str, source: str) -> list[str]:
    return [f"LC_{category}", f'copy "{source}"', f"END LC_{category}", ""]


def _money(international: str, symbol: str) -> list[str]:
    numbers = ("int_frac_digits", "frac_digits")
    places = ("p_cs_precedes", "n_cs_precedes")
    return [
        "LC_MONETARY",
        f'int_curr_symbol "{international}"',
        f'currency_symbol "{symbol}"',
        'mon_decimal_point ","',
        'mon_thousands_sep " "',
        "mon_grouping 3;3",
        'positive_sign ""',
        'negative_sign "-"',
        *(f"{name} 0" for name in (*numbers, *places)),
        "p_sep_by_space 1",
        "n_sep_by_space 1",
        "p_sign_posn 1",
        "n_sign_posn 1",
        "END LC_MONETARY",
        "",
    ]
