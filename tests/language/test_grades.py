"""Tables of grades: complete, dated, and found by any spelling."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

import wasl.language.grades as module
from wasl.errors import WaslError
from wasl.language import grade_table

TODAY = date(2026, 9, 1)
COUNTRIES = sorted(path.stem for path in (Path(module.__file__).parent / "grades").glob("*.yaml"))


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_label_means_one_grade(country: str) -> None:
    table = grade_table(country, TODAY)
    for grade in table.grades:
        assert all(table.find(label) == grade for label in grade.labels)


@pytest.mark.parametrize("country", COUNTRIES)
def test_levels_and_ages_rise(country: str) -> None:
    grades = grade_table(country, TODAY).grades
    assert [grade.isced for grade in grades] == sorted(grade.isced for grade in grades)
    assert [grade.age for grade in grades] == sorted(grade.age for grade in grades)
    assert {grade.isced for grade in grades} >= {"1", "2", "3"}


def _code(country: str, label: str, on: date = TODAY) -> str | None:
    grade = grade_table(country, on).find(label)
    return grade.code if grade else None


def test_a_roster_s_spelling_finds_its_grade() -> None:
    spellings = ("07", "٧", "الصف السابع الاساسي", "7E ANNEE DE BASE")
    assert [_code("jo", text) for text in spellings] == ["7"] * 4
    assert _code("tn", "الصف") is None


def test_a_reform_leaves_last_year_as_it_was() -> None:
    before, after = (
        grade_table("sd", date(2020, 9, 1)),
        grade_table("sd", date(2022, 9, 1)),
    )
    assert len(before.grades) == 11
    assert len(after.grades) == 12
    eighth = before.find("الصف الثامن أساس")
    assert eighth is not None
    assert eighth.isced == "2"


@pytest.mark.parametrize("country", ["zz", "../jo", ""])
def test_a_country_without_a_table_is_said(country: str) -> None:
    with pytest.raises(WaslError, match="WASL-GRADES-UNKNOWN"):
        grade_table(country, TODAY)
