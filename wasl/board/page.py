"""The board as one HTML page in three languages, with no script and no outside request.

The chosen language is the page's fragment, so that a link keeps it: style sheets alone switch. The
page's policy lets nothing in but its own style sheet, by its digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wasl.board.facts import Standing
from wasl.board.indicators import UNKNOWN_PARTS
from wasl.board.shown import Number
from wasl.board.states import State, states
from wasl.board.view import STAGES, TOTALS, Board, Country
from wasl.language import fold
from wasl.language.spoken import moment, number, percent, short_day
from wasl.messages import LANGUAGES, Language, counted, say
from wasl.result import PLANES, Message

NAMES = {"ar": "العربية", "fr": "Français", "en": "English"}
DIRECTIONS = {"ar": "rtl", "fr": "ltr", "en": "ltr"}
MARKS = {
    Standing.NONE: "○",
    Standing.UNDER_WAY: "◐",
    Standing.IN_PLACE: "●",
    Standing.FAILED: "✕",
    Standing.UNREADABLE: "?",
}
"""A standing's shape: no state is told by its colour alone."""


def page(board: Board) -> str:
    """The whole page; the same board gives the same bytes."""
    style = _style()
    tiles = [_tile(state, board) for state in sorted(states(), key=lambda one: one.at[::-1])]
    return (
        _environment()
        .get_template("board.html")
        .render(
            board=board,
            tongues=[Tongue(language) for language in LANGUAGES],
            tiles=tiles,
            style=Markup(style),  # noqa: S704 - the project's own style sheet
            style_digest=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            planes=PLANES,
            stages=STAGES,
            totals=TOTALS,
            standings=tuple(Standing),
            marks=MARKS,
            unknown_parts=UNKNOWN_PARTS,
        )
    )


@dataclass(frozen=True)
class Tile:
    """A member state on the map, and its country's place on the board if it has one."""

    state: State
    country: Country | None


@dataclass(frozen=True)
class Tongue:
    """How the page speaks one language."""

    code: Language

    @property
    def name(self) -> str:
        return NAMES[self.code]

    @property
    def direction(self) -> str:
        return DIRECTIONS[self.code]

    def say(self, name: str, /, **arguments: object) -> str:
        """A sentence of the catalogue."""
        said = {key: str(value) for key, value in arguments.items()}
        return say(Message(f"board.{name}", said), self.code)

    def message(self, message: Message) -> str:
        return say(message, self.code)

    def counted(self, name: str, count: int) -> str:
        """A number with its noun."""
        return counted(f"board.{name}", count, self.code)

    def number(self, value: float) -> str:
        return number(value, self.code)

    def shown(self, shown: Number) -> str:
        """A number, or the word for why there is none."""
        if shown.value is None:
            return self.say(shown.how)
        said = number(shown.value, self.code)
        return said if shown.how == "exact" else self.say("at-least", count=said)

    def share(self, shown: Number) -> str:
        """A number that is a share of one."""
        return self.say(shown.how) if shown.value is None else percent(shown.value, self.code)

    def moment(self, value: datetime | str) -> str:
        text = value if isinstance(value, str) else value.isoformat()
        return moment(text, self.code)

    def day(self, value: datetime | str) -> str:
        """The day of a time; nothing where there is none."""
        if not value:
            return ""
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return short_day(time.date(), self.code)

    def by_name(self, countries: Iterable[Country]) -> list[Country]:
        """Countries in the order of their names, the Arabic article left aside."""
        return sorted(countries, key=lambda one: fold(one.names[self.code]).removeprefix("ال"))

    def called(self, names: Mapping[str, str], otherwise: str = "") -> str:
        """A name in this language."""
        return names.get(self.code, otherwise)


def _tile(state: State, board: Board) -> Tile:
    country = next((one for one in board.countries if one.code == state.code), None)
    return Tile(state, country)


@cache
def _style() -> str:
    """The style sheet, with a place for each state's tile (an attribute would not be let in)."""
    text = (files(__package__) / "templates" / "board.css").read_text(encoding="utf-8")
    return text + "\n".join(_placed()) + "\n"


def _placed() -> Iterator[str]:
    for state in states():
        column, row = state.at
        yield f".at-{state.code}{{grid-area:{row}/{column}}}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("wasl.board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
