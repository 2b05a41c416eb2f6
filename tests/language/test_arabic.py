"""Folding and name keys, by vectors and by laws."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasl.language import fold, name_key

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "folded", "why"), VECTORS["fold"], ids=lambda value: value[:20])
def test_fold(text: str, folded: str, why: str) -> None:
    assert fold(text) == folded, why


@pytest.mark.parametrize(("one", "other"), VECTORS["same_name"])
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), VECTORS["other_name"])
def test_different_names_have_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_parts_of_a_name_make_the_key_of_the_whole() -> None:
    assert name_key("عبد", "", "الله") == name_key("عبد الله") == "عبدالله"


@given(st.text())
def test_folding_again_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="أإآاةهىيؤوئءـبجدعلمن ًٌَُِّ٠١٢"))
def test_folded_arabic_holds_no_variant(text: str) -> None:
    assert not set(fold(text)) & set("أإآٱؤئءةىـ٠١٢ًٌَُِّ")
