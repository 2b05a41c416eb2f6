"""Bad YAML of many kinds: one finding with its line, no other, and nothing constructed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wasl.manifest.reader import MAX_BYTES, Document, dotted, key_path, read
from wasl.result import Kind


def reading(tmp_path: Path, data: str | bytes) -> Document:
    path = tmp_path / "it.yaml"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(path, "countries/it.yaml")


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        ("a: 1\n\tb: 2\n", "WASL-MANIFEST-YAML", 2),
        ("a: 1\nb: [1, 2\nc: 3\n", "WASL-MANIFEST-YAML", 3),
        ("a: b: c\n", "WASL-MANIFEST-YAML", 1),
        ("a: 'x\n", "WASL-MANIFEST-YAML", 2),
        ("a: 1\nb: \x07\n", "WASL-MANIFEST-YAML", 2),
        ("ا: 1\nb: \x00\n", "WASL-MANIFEST-YAML", 2),
        ("a: 1\nb: 2\na: 3\n", "WASL-MANIFEST-DUPLICATE-KEY", 3),
        ("a: 1\nb: {c: 1, d: 2, c: 3}\n", "WASL-MANIFEST-DUPLICATE-KEY", 2),
        ("a: 1\n---\nb: 2\n", "WASL-MANIFEST-DOCUMENTS", 2),
        ("a: 1\nb: !!python/object/apply:os.system [id]\n", "WASL-MANIFEST-TAG", 2),
        ("a: !secret x\n", "WASL-MANIFEST-TAG", 1),
        ("a: 1\n? [b, c]\n: 2\n", "WASL-MANIFEST-KEY", 2),
        (b"a: 1\nb: \xc7\xe1\n", "WASL-MANIFEST-NOT-UTF8", 2),
        ("a: 1\n".encode("utf-16"), "WASL-MANIFEST-NOT-UTF8", 1),
        ("a: " + "[" * 60_000, "WASL-MANIFEST-TOO-DEEP", 1),
        ("{a: " * 40_000, "WASL-MANIFEST-TOO-DEEP", 1),
        ("a: " + "x" * MAX_BYTES, "WASL-MANIFEST-TOO-LARGE", 1),
    ],
)
def test_bad_yaml_is_one_finding(tmp_path: Path, data: str | bytes, code: str, line: int) -> None:
    (finding,) = reading(tmp_path, data).findings
    assert finding.message is not None
    assert finding.location is not None
    assert (finding.message.id, finding.location.line) == (code, line)
    assert finding.kind is Kind.INVALID
    assert finding.remedy


def test_an_alias_bomb_is_refused_where_it_stands(tmp_path: Path) -> None:
    document = reading(tmp_path, BOMB)
    assert {finding.message.id for finding in document.findings if finding.message} == {
        "WASL-MANIFEST-ALIAS"
    }
    assert [finding.location.line for finding in document.findings if finding.location] == [
        *(1, 2, 2, 2),
        *(3, 3, 3),
    ]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "it.yaml")
    (finding,) = read(tmp_path / "it.yaml", "countries/it.yaml").findings
    assert finding.kind is Kind.UNREADABLE


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = read(tmp_path / "it.yaml", "countries/it.yaml").findings
    assert finding.kind is Kind.UNREADABLE


def test_scalars_follow_yaml_1_2(tmp_path: Path) -> None:
    text = """
a: no
b: true
c: 010
d: 12:30
e: 2026-01-02
f: ~
g: -3
h: 1.5e3
i: "1"
j: |
  1
k: 99999999999999999999
"""
    assert reading(tmp_path, text).data == {
        "a": "no",
        "b": True,
        "c": "010",
        "d": "12:30",
        "e": "2026-01-02",
        "f": None,
        "g": -3,
        "h": 1500.0,
        "i": "1",
        "j": "1\n",
        "k": "99999999999999999999",
    }


def test_a_byte_order_mark_is_tolerated(tmp_path: Path) -> None:
    document = reading(tmp_path, b"\xef\xbb\xbfa: 1\n")
    assert document.data == {"a": 1}
    assert not document.findings


def test_lines(tmp_path: Path) -> None:
    document = reading(tmp_path, "a:\n  b:\n    - 1\n    - c: 2\n")
    assert {dotted(path): line for path, line in document.lines.items()} == {
        "": 1,
        "a": 1,
        "a.b": 2,
        "a.b.0": 3,
        "a.b.1": 4,
        "a.b.1.c": 4,
    }
    assert document.location("a.b.7.x").line == 2
    assert key_path("a.b.1.c") == ("a", "b", 1, "c")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_input_raises(tmp_path: Path, data: bytes) -> None:
    document = reading(tmp_path, data)
    assert document.findings or document.lines or document.data is None
