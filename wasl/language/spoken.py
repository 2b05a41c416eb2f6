"""Numbers, dates and plurals as Arabic, French and English say them, by Unicode's CLDR.

Arabic is the common one of 22 states: its digits are CLDR's for `ar`, and a month bears both of its
names, since neither is known everywhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
"""CLDR's plural categories, in the order in which a sentence lists its forms."""
_DIGITS = "default"  # the language's own numbering system
_LEVANT = "ar_SY"
_DAY_FIRST = {"en": "en_GB"}
_COMMA = {"ar": "،"}


@cache
def forms(language: str) -> tuple[str, ...]:
    """The plural categories that a language has: six in Arabic, three in French, two in English."""
    rules = {*Locale(language).plural_form.rules, "other"}
    return tuple(one for one in CATEGORIES if one in rules)


def form(count: int, language: str) -> str:
    """The plural category of `count`."""
    return str(Locale(language).plural_form(count))


def number(value: float, language: str) -> str:
    """`1234.5` with the language's separators and digits, one place after the point at most."""
    return str(format_decimal(value, format="#,##0.#", locale=language, numbering_system=_DIGITS))


def percent(share: float, language: str) -> str:
    """A share of one as a percentage, one place after the point at most."""
    return str(
        format_percent(share, format=_percent(language), locale=language, numbering_system=_DIGITS)
    )


def day(value: date, language: str) -> str:
    """`24 novembre 2026`; in Arabic the month's Levantine name stands before the other."""
    if language != "ar":
        return format_date(value, "long", locale=_DAY_FIRST.get(language, language))
    levant = str(Locale.parse(_LEVANT).months["format"]["wide"][value.month])
    other = str(Locale("ar").months["format"]["wide"][value.month])
    month = levant if levant == other else f"{levant}/{other}"
    return f"{value.day} {month} {value.year}"


def short_day(value: date, language: str) -> str:
    """`24 nov. 2026`, for narrow places."""
    return format_date(value, "medium", locale=_DAY_FIRST.get(language, language))


def moment(value: str, language: str) -> str:
    """A day and minute of an ISO 8601 time in UTC; what is no time is said as it is."""
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    if time.tzinfo is not None:
        time = time.astimezone(UTC)
    comma = _COMMA.get(language, ",")
    return f"{day(time.date(), language)}{comma} {time:%H:%M} UTC"


@cache
def _percent(language: str) -> str:
    """The language's own pattern, with a place after the point."""
    return str(Locale(language).percent_formats[None].pattern).replace("#,##0", "#,##0.#")
