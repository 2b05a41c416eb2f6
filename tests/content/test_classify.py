"""Words of feeds mapped to grades and subjects."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.content.classify import levels, subjects
from integrations.content.model import Resource
from wasl.language import grade_table

TUNISIA = grade_table("tn", date(2026, 11, 24))


def resource(**fields: tuple[str, ...]) -> Resource:
    return Resource("id", "f", {"ar": "عنوان"}, {}, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "grades"),
    [
        ("السنة السابعة أساسي", {"7"}),
        ("السنه السابعه اساسي", {"7"}),
        ("7e année de base", {"7"}),
        ("Grade 7", {"7"}),
        ("lower secondary", {"7", "8", "9"}),
        ("ISCED level 1", {"1", "2", "3", "4", "5", "6"}),
        ("إعدادي", {"7", "8", "9"}),
    ],
)
def test_a_level(label: str, grades: set[str]) -> None:
    found = levels(resource(levels=(label,)), TUNISIA)
    assert found.grades == grades
    assert found.unknown == ()


def test_ages_tell_where_no_level_does() -> None:
    assert levels(resource(ages=("12-13",)), TUNISIA).grades == {"7", "8"}


def test_levels_among_the_subjects_of_dublin_core() -> None:
    assert levels(resource(subjects=("الرياضيات", "Grade 5")), TUNISIA).grades == {"5"}


def test_an_unknown_level_is_named() -> None:
    assert levels(resource(levels=("advanced",)), TUNISIA).unknown == ("advanced",)


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (("الرياضيات",), ("mathematics",)),
        (("Maths", "Algèbre"), ("mathematics",)),
        (("العلوم", "history"), ("science", "history")),
        (("شيء آخر",), ()),
    ],
)
def test_subjects(words: tuple[str, ...], ids: tuple[str, ...]) -> None:
    assert subjects(resource(subjects=words)).known == ids
