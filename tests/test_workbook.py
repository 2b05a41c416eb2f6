"""XLSX files that mean harm, before a library opens them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from wasl.workbook import declares_types

LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def _workbook(folder: Path) -> Path:
    path = folder / "book.xlsx"
    openpyxl.Workbook().save(path)
    return path


def _with(path: Path, part: str, data: bytes) -> Path:
    changed = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            target.writestr(name, data if name == part else source.read(name))
    return changed


def test_an_honest_one_declares_nothing(tmp_path: Path) -> None:
    assert declares_types(_workbook(tmp_path)) == ""


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"])
def test_entities_are_named_by_their_part(tmp_path: Path, part: str) -> None:
    assert declares_types(_with(_workbook(tmp_path), part, LAUGHS.encode())) == part


def test_they_cannot_hide_in_another_encoding(tmp_path: Path) -> None:
    hidden = _with(_workbook(tmp_path), "xl/workbook.xml", LAUGHS.encode("utf-16"))
    assert declares_types(hidden) == "xl/workbook.xml"
