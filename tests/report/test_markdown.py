"""Markdown for issues: short enough, and nobody is called by what it quotes."""

from __future__ import annotations

import html
import re

from tests.report.samples import ALL, CHECKED, EVIL, many
from wasl.messages import LANGUAGES
from wasl.report import Report, render
from wasl.report.markdown import LIMIT


def test_what_was_checked_then_what_was_found() -> None:
    text = render(Report(ALL, checked=CHECKED), "markdown")
    assert "| country | cloud | identity |" in text
    assert "| `jo` | differs (1) | as described |" in text
    assert text.index("### critical") < text.index("### high") < text.index("### low")
    assert "`countries/jo.yaml:7`" in text


def test_it_fits_into_an_issue_and_counts_what_does_not() -> None:
    for language in LANGUAGES:
        text = render(Report(tuple(many(3000))), "markdown", language)
        assert len(text) <= LIMIT
        assert text.count("\n- `") < 3000
    english = render(Report(tuple(many(3000))), "markdown")
    left = 3000 - english.count("\n- `")
    assert f"{left:,} more are not shown here" in english


def test_what_it_quotes_is_neither_html_nor_a_link_nor_a_call() -> None:
    text = render(Report((EVIL,)), "markdown")
    outside = "".join(text.split("`")[::2])
    assert "<" not in outside
    assert "](" not in outside
    assert not re.search(r"@(?!&#8203;)", outside)
    assert "\x1b" not in text


def test_nothing_that_it_quotes_calls_or_links_once_entities_are_resolved() -> None:
    """As GitHub reads it: entities and escapes first, then calls and links."""
    quoted = "@octocat octo/cat#1 #1 GH-12 gh-12 www.evil.example mail@evil.example https://evil"
    text = render(Report(notes=(quoted,)), "markdown")
    read = html.unescape(re.sub(r"\\([^\w\s])", r"\1", text))
    assert re.findall(r"@\w|#\d|(?i:gh-\d|www\.)", read) == []
    assert "://" not in text
    assert quoted in read.replace("\u200b", ""), "and a reader sees what was quoted"


def test_arabic_runs_from_right_to_left() -> None:
    assert render(Report(ALL), "markdown", "ar").startswith('<div dir="rtl">\n\n')
    assert "dir=" not in render(Report(ALL), "markdown", "fr")
