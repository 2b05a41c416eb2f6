"""A made-up roster with Arabic names, for the demonstration, tests and measurements.

The same seed gives the same roster. Nobody in it exists.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from integrations.identity.oneroster.columns import COLUMNS, Version, header
from integrations.identity.oneroster.package import manifest

Row = dict[str, str]
Tables = dict[str, list[Row]]

_GIRLS = ("فاطمة", "مريم", "نور", "آية", "هدى", "سلمى", "رنا", "إسراء", "ليلى", "دعاء")
_BOYS = ("محمد", "أحمد", "عبد الله", "يوسف", "إبراهيم", "عمر", "خالد", "علي", "حمزة", "سامي")
_FAMILIES = ("الخطيب", "العبادي", "حداد", "الزعبي", "المصري", "بني هاني", "الطراونة", "عبيدات")
_SUBJECTS = ("اللغة العربية", "الرياضيات", "العلوم")


@dataclass(frozen=True)
class Size:
    """How much to make."""

    schools: int = 3
    classes: int = 4
    pupils: int = 20

    @property
    def people(self) -> int:
        """Pupils and teachers in all."""
        return self.schools * self.classes * (self.pupils + 1)


def roster(size: Size = Size(), seed: int = 1, year: int = 2027) -> Tables:
    """A whole roster in OneRoster 1.1's columns, by kind."""
    chance = random.Random(seed)  # noqa: S311 -- names, not secrets
    tables: Tables = {kind: [] for kind in COLUMNS["1.1"] if kind != "demographics"}
    session = f"y{year}"
    _add(tables, "orgs", sourcedId="moe", name="وزارة التربية والتعليم", type="national")
    _add(
        tables,
        "academicSessions",
        sourcedId=session,
        title=f"{year - 1}/{year}",
        type="schoolYear",
        startDate=f"{year - 1}-08-23",
        endDate=f"{year}-06-17",
        schoolYear=str(year),
    )
    for number in range(1, size.schools + 1):
        _school(tables, size, number, session, chance)
    return tables


def _school(tables: Tables, size: Size, number: int, session: str, chance: random.Random) -> None:
    school = f"s{number:04}"
    name = f"مدرسة {chance.choice(_FAMILIES)} الأساسية {number}"
    _add(
        tables,
        "orgs",
        sourcedId=school,
        name=name,
        type="school",
        identifier=school.upper(),
        parentSourcedId="moe",
    )
    for index in range(size.classes):
        grade, subject = index % 10 + 1, _SUBJECTS[index % len(_SUBJECTS)]
        course, group = f"{school}-c{index}-{session}", f"{school}-k{index}-{session}"
        _add(
            tables,
            "courses",
            sourcedId=course,
            schoolYearSourcedId=session,
            title=subject,
            grades=str(grade),
            orgSourcedId=school,
        )
        _add(
            tables,
            "classes",
            sourcedId=group,
            title=f"{subject} {grade}",
            grades=str(grade),
            courseSourcedId=course,
            classType="scheduled",
            schoolSourcedId=school,
            termSourcedIds=session,
        )
        _people(tables, size, school, group, index, grade, chance)


def _people(
    tables: Tables,
    size: Size,
    school: str,
    group: str,
    index: int,
    grade: int,
    chance: random.Random,
) -> None:
    for seat in range(size.pupils + 1):
        role = "student" if seat else "teacher"
        key = f"{school}{index:02}{seat:03}"
        _add(
            tables,
            "users",
            sourcedId=f"9{key[1:]}",
            enabledUser="true",
            orgSourcedIds=school,
            role=role,
            username=f"u{key[1:]}",
            givenName=chance.choice(_GIRLS if seat % 2 else _BOYS),
            familyName=chance.choice(_FAMILIES),
            middleName=chance.choice(_BOYS),
            identifier=f"77{key[1:]}",
            grades=str(grade) if seat else "",
        )
        _add(
            tables,
            "enrollments",
            sourcedId=f"e-{group}-{seat}",
            classSourcedId=group,
            schoolSourcedId=school,
            userSourcedId=f"9{key[1:]}",
            role=role,
            primary="false" if seat else "true",
        )


def _add(tables: Tables, kind: str, **values: str) -> None:
    tables[kind].append({name: values.get(name, "") for name in header("1.1", kind)})


def write_package(
    folder: Path,
    tables: Mapping[str, Sequence[Row]],
    version: Version = "1.1",
    mode: str = "bulk",
) -> Path:
    """Write `tables` and their manifest to `folder`; an empty table is declared absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, rows in tables.items():
        if rows:
            _write(folder / f"{kind}.csv", _names(version, kind, rows), rows)
    modes = {kind: mode for kind, rows in tables.items() if rows}
    (folder / "manifest.csv").write_text(manifest(version, modes), encoding="utf-8")
    return folder


def _names(version: Version, kind: str, rows: Sequence[Row]) -> Sequence[str]:
    standard = header(version, kind)
    return (*standard, *(name for name in rows[0] if name not in standard))


def _write(path: Path, names: Iterable[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(names), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def people(tables: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    """The roster's users."""
    yield from tables["users"]
