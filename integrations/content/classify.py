"""Levels and subjects: a feed's words mapped to the country's grades and the house's subjects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from integrations.content.model import Resource
from wasl.language import GradeTable, fold

_AGES = re.compile(r"^\s*(\d{1,2})\s*(?:[-–—/]|to|à|إلى)\s*(\d{1,2})?\s*(?:years|ans|سنة)?\s*$")
_ISCED = re.compile(r"^isced(?: 2011)?(?: level)? (0[12]|[0-3])$")
_GRADE = re.compile(r"^(?:grade|year|class|niveau|annee|classe|الصف|السنه) 0*(\d{1,2})$")


@dataclass(frozen=True, slots=True)
class Levels:
    """The grades that a resource is for, and the words that no table knows."""

    grades: frozenset[str]
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """The school subjects of a resource; its other keywords are left as they are."""

    known: tuple[str, ...]


def levels(resource: Resource, table: GradeTable) -> Levels:
    """The grades of `table` that the resource names by grade, stage, ISCED level or age."""
    grades: set[str] = set()
    unknown: list[str] = []
    for label in resource.levels:
        found = _grades(label, table)
        grades |= found
        if not found:
            unknown.append(label)
    if not resource.levels:  # oai_dc has no place for levels, so feeds put them among the subjects
        for label in resource.subjects:
            grades |= _grades(label, table)
    if not grades:
        for ages in resource.ages:
            grades |= _of_age(ages, table)
    return Levels(frozenset(grades), tuple(unknown))


def subjects(resource: Resource) -> Subjects:
    """The ids of the school subjects among its keywords, each once, in the vocabulary's order."""
    words = {fold(subject) for subject in resource.subjects}
    found = {_subject_words().get(word, "") for word in words}
    return Subjects(tuple(name for name in subject_names() if name in found))


@cache
def subject_names() -> Mapping[str, Mapping[str, str]]:
    """Each subject's id and its name by language."""
    return {
        name: {language: entry[language] for language in ("ar", "fr", "en")}
        for name, entry in _data("subjects.yaml").items()
    }


def _grades(label: str, table: GradeTable) -> set[str]:
    exact = table.find(label)
    if exact:
        return {exact.code}
    folded = fold(label)
    numbered = _GRADE.match(folded)
    if numbered and table.grade(numbered[1]):
        return {numbered[1]}
    isced = _ISCED.match(folded)
    stage = isced[1] if isced else _stages().get(folded, "")
    wanted = "02" if stage == "0" else stage
    return {grade.code for grade in table.grades if grade.isced == wanted}


def _of_age(ages: str, table: GradeTable) -> set[str]:
    match = _AGES.match(ages)
    if not match:
        return set()
    first = int(match[1])
    last = int(match[2]) if match[2] else 99
    return {grade.code for grade in table.grades if first <= grade.age <= last}


@cache
def _stages() -> dict[str, str]:
    return {fold(name): stage for stage, names in _data("levels.yaml").items() for name in names}


@cache
def _subject_words() -> dict[str, str]:
    return {
        fold(word): name
        for name, entry in _data("subjects.yaml").items()
        for word in (name, entry["ar"], entry["fr"], entry["en"], *entry["aliases"])
    }


def _data(name: str) -> dict[str, Any]:
    text = files("integrations.content").joinpath(name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data
