"""The picture shows what was printed, and says where it left something out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from wasl.demo.picture import SHOWN, chosen, drawn

PRINTED = f"""\
==   0 s  an AWS on this machine
starting
==  19 s  {SHOWN[1]}
$ wasl drift --all
jo cloud: clean
dj cloud: clean
medium · jo (pilot) · cloud
    a <b> & "c" should be {"word " * 30}

note: jo: 158 resources compared
findings: 1 (1 medium)
==  20 s  bring back what is described
$ wasl drift --all --repair
"""


def test_what_is_left_out_is_one_ellipsis_and_nothing_is_added() -> None:
    lines = list(chosen(PRINTED.splitlines()))
    assert [line for line in lines if not line.startswith("    ")] == [
        f"==  19 s  {SHOWN[1]}",
        "$ wasl drift --all",
        "…",
        "medium · jo (pilot) · cloud",
        "",
        "…",
        "findings: 1 (1 medium)",
    ]
    words = re.sub(r"\s+", " ", " ".join(lines).replace("…", ""))
    assert all(word in PRINTED.split() for word in words.split())
    assert max(map(len, lines)) <= 96


def test_it_is_an_svg_of_plain_text() -> None:
    lines = list(chosen(PRINTED.splitlines()))
    root = ElementTree.fromstring(drawn(lines))  # noqa: S314 - our own
    texts = [one.text for one in root if one.tag.endswith("}text")]
    assert texts == [line for line in lines if line]
    assert {one.tag.rpartition("}")[2] for one in root} == {"rect", "text"}
