"""Reports for an issue or a summary page: a table of what was checked, then what was found.

Kept below what an issue of GitHub may hold (65,536 characters): what does not fit is counted. What
a report quotes can neither call people (`@`), link, nor make HTML. Arabic runs right to left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from wasl.messages import Language, next_step, say
from wasl.report import Report, told
from wasl.report.text import printable, title, words
from wasl.result import ALL_PLANES, Checked, Finding, Message

LIMIT = 60_000
_ROOM = 1_000  # for what ends the page
_CUT = 400
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")
# What GitHub makes calls and links of, after it has resolved entities and escapes: `@name`, `#1`,
# `GH-1`, `www.`. A space of no width between keeps it from that.
_CALLS = re.compile(r"@|#|\bGH(?=-\d)|\bwww(?=\.)", re.IGNORECASE)
_NO_WIDTH = "&#8203;"


def render(report: Report, language: Language) -> str:
    """The report as GitHub's Markdown."""
    parts = [*_table(report, language), *_waived(report, language)]
    used = sum(map(len, parts))
    findings = report.sorted_findings()
    shown = 0
    for text, count in _findings(findings, language):
        if used + len(text) > LIMIT - _ROOM:
            break
        parts.append(text)
        used, shown = used + len(text), shown + count
    if shown < len(findings):
        left = {"count": f"{len(findings) - shown:,}"}
        parts.append(f"\n{_say('markdown.more', language, **left)}\n")
    for note in report.notes:
        line = f"\n> {_plain(told(note, language))}\n"
        if used + len(line) <= LIMIT:
            parts.append(line)
            used += len(line)
    body = "".join(parts)
    return f'<div dir="rtl">\n\n{body}\n</div>\n' if language == "ar" else body


def _say(name: str, language: Language, **arguments: str) -> str:
    return say(Message(name, arguments), language)


def _table(report: Report, language: Language) -> Iterator[str]:
    count = {"count": f"{len(report.findings):,}"}
    name = "report.findings" if report.findings else "report.no-findings"
    yield f"## {_say(name, language, **count)}\n"
    if not report.checked:
        return
    planes = [one for one in ALL_PLANES if any(check.plane == one for check in report.checked)]
    heads = [_say("markdown.country", language), *(_say(f"plane.{p}", language) for p in planes)]
    yield f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for country in sorted({check.country for check in report.checked}):
        states = {check.plane: check for check in report.checked if check.country == country}
        cells = [_state(states.get(plane), language) for plane in planes]
        yield f"| {' | '.join([_code(country), *cells])} |\n"


def _state(check: Checked | None, language: Language) -> str:
    if check is None:
        return "–"
    said = _say(f"state.{check.state}", language)
    return f"{said} ({len(check.findings):,})" if check.findings else said


def _waived(report: Report, language: Language) -> Iterator[str]:
    if report.waived:
        count = {"count": f"{len(report.waived):,}"}
        yield f"\n{_say('report.waived', language, **count)}\n"


def _findings(findings: list[Finding], language: Language) -> Iterator[tuple[str, int]]:
    """Pieces of the page, and how many findings each holds."""
    for head, group in groupby(findings, lambda one: title(one, language)):
        yield f"\n### {_plain(head)}\n\n", 0
        for one in group:
            yield _finding(one, language), 1


def _finding(finding: Finding, language: Language) -> str:
    place = f" — {_code(str(finding.location))}" if finding.location else ""
    thing = _code(" ".join(filter(None, (_name(finding), finding.property))))
    text = f"- {thing}{place}  \n  {_plain(words(finding, language))}\n"
    step = next_step(finding, language)
    return f"{text}  → {_plain(step)}\n" if step else text


def _name(finding: Finding) -> str:
    """The last part of a URN, else the whole target."""
    return finding.target.rpartition("::")[2] or finding.target


def _plain(text: str) -> str:
    """Text that is only read: its marks are escaped, and it names nobody."""
    line = _one_line(text).replace("&", "&amp;").replace("<", "&lt;")
    escaped = _CALLS.sub(rf"\g<0>{_NO_WIDTH}", _SPECIAL.sub(r"\\\1", line))
    return escaped.replace("://", ":&#47;/")


def _code(text: str) -> str:
    """A code span; a backtick inside would end it."""
    return f"`{_one_line(text).replace('`', 'ʹ').replace('|', '¦')}`"


def _one_line(text: str) -> str:
    line = printable(text.replace("\n", " "))
    return line if len(line) <= _CUT else line[: _CUT - 1] + "…"
