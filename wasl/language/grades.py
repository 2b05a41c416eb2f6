"""School grades as dated data: what each country calls them, and their level by ISCED 2011.

One file a country in `wasl/language/grades/`. A reform opens a new edition and leaves the old one
as it was, so that last year's roster still reads as it did.
"""

from __future__ import annotations

from datetime import date
from functools import cache, cached_property
from importlib.resources import files
from typing import Annotated, Literal

import yaml
from pydantic import Field, StringConstraints

from wasl.errors import WaslError
from wasl.language.arabic import fold
from wasl.manifest.base import CountryCode, Line, Model

Isced = Literal["02", "1", "2", "3"]


class Grade(Model):
    """One year of school."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z]{0,2}[0-9]{1,2}$")] = Field(
        description="The grade's code within its country, counted from the first year of school."
    )
    isced: Isced = Field(description="The ISCED 2011 level: 02, 1, 2 or 3.")
    ar: Line = Field(description="Its name in Arabic.")
    fr: Line = Field(description="Its name in French.")
    age: int = Field(ge=2, le=25, description="The age at which it usually begins, in years.")
    aliases: tuple[Line, ...] = Field(default=(), description="Other names that rosters use.")

    @property
    def labels(self) -> tuple[str, ...]:
        """Everything that it is called, its code first."""
        return (self.code, self.ar, self.fr, *self.aliases)


class GradeTable(Model):
    """The grades of one country from one date on."""

    since: date = Field(description="The first day on which this table holds.")
    source: Line = Field(description="Where it comes from.")
    status: Literal["confirmed", "assumed"] = Field(
        description="`confirmed` when the ministry said so, else `assumed`."
    )
    grades: tuple[Grade, ...] = Field(min_length=1, description="The grades, the youngest first.")

    def find(self, label: str) -> Grade | None:
        """The grade that a roster calls `label`, in any spelling; nothing if none or several."""
        found = self._by_key.get(_key(label), {})
        return next(iter(found.values())) if len(found) == 1 else None

    def grade(self, code: str) -> Grade | None:
        """The grade of that code."""
        return next((grade for grade in self.grades if grade.code == code), None)

    @cached_property
    def _by_key(self) -> dict[str, dict[str, Grade]]:
        """The grades, by code, that each label may mean: folding all of them takes a while."""
        found: dict[str, dict[str, Grade]] = {}
        for grade in self.grades:
            for label in grade.labels:
                found.setdefault(_key(label), {})[grade.code] = grade
        return found


class _Country(Model):
    country: CountryCode
    editions: tuple[GradeTable, ...]


def grade_table(country: str, on: date) -> GradeTable:
    """The table that holds in `country` on that day.

    Raises `WaslError` (WASL-GRADES-UNKNOWN) where there is none.
    """
    held = [table for table in _editions(country) if table.since <= on]
    if held:
        return max(held, key=lambda table: table.since)
    raise WaslError(
        "WASL-GRADES-UNKNOWN",
        f"there is no table of grades for {country!r} on {on}",
        where=f"wasl/language/grades/{country}.yaml",
        hint="add an edition with its date and source",
    )


@cache
def _editions(country: str) -> tuple[GradeTable, ...]:
    if not (country.isascii() and country.isalpha() and len(country) == 2):
        return ()
    file = files("wasl.language").joinpath("grades", f"{country}.yaml")
    if not file.is_file():
        return ()
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    return _Country.model_validate(data).editions


def _key(label: str) -> str:
    """A label folded; numbers without leading zeros (`07` is `7`)."""
    return " ".join(word.lstrip("0") or "0" for word in fold(label).split())
