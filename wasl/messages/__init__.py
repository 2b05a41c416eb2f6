"""The words that people read: a message id and its arguments, said in Arabic, French or English.

A JSON file a language and part of the house (`<language>.json`, `<part>.<language>.json`) maps an
id to a sentence with `{argument}` places; `<id>.next` says what to do about it, and may name the
`{country}`. A sentence that is said by `counted` lists its plural forms, `|` between them, in
CLDR's order of categories. English is complete; another language falls back to it sentence by
sentence. Errors are told in English, by a code that is the same in all.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Literal

from wasl.result import Argument, Finding, Message

Language = Literal["ar", "fr", "en"]
LANGUAGES: tuple[Language, ...] = ("ar", "fr", "en")


class _Arguments(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "?"


_BETWEEN: dict[Language, str] = {"ar": "؛ ", "fr": " ; ", "en": "; "}


def say(message: Message, language: Language = "en") -> str:
    """The sentence for `message`, or its id where no language has it."""
    return _say(message.id, message, language) or message.id


def counted(name: str, count: int, language: Language = "en") -> str:
    """The sentence `name` in the plural form that `count` takes, `{count}` being the number."""
    from wasl.language.spoken import form, forms, number

    said = say(Message(name, {"count": number(count, language)}), language)
    return said.split("|")[forms(language).index(form(count, language))]


def next_step(finding: Finding, language: Language = "en") -> str:
    """What to do about `finding`, as the catalogue says it; else the finding's own remedy."""
    if finding.message is None:
        return finding.remedy
    for message in (finding.message, finding.message.arguments.get("reason")):
        if isinstance(message, Message):
            words = {"country": finding.country, **message.arguments}
            said = _say(f"{message.id}.next", Message("", words), language)
            if said:
                return said
    return finding.remedy


def _say(key: str, message: Message, language: Language) -> str:
    sentence = _sentences(language).get(key) or _sentences("en").get(key, "")
    words = {name: _said(value, language) for name, value in message.arguments.items()}
    return sentence.format_map(_Arguments(words))


def _said(value: Argument, language: Language) -> str:
    if isinstance(value, tuple):
        return _BETWEEN[language].join(say(one, language) for one in value)
    return value if isinstance(value, str) else say(value, language)


@cache
def _sentences(language: Language) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for file in files(__name__).iterdir():
        if file.name == f"{language}.json" or file.name.endswith(f".{language}.json"):
            sentences |= json.loads(file.read_text(encoding="utf-8"))
    return sentences
