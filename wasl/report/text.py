"""Reports for people: most severe first, three lines a finding, the figures last."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from wasl.messages import Language, next_step, say
from wasl.report import Report
from wasl.report.summary import summary
from wasl.result import Change, Finding, Message

JOINERS = "\u200c\u200d"  # Arabic script needs them; no other invisible character is let through


def render(report: Report, language: Language) -> str:
    """The report as plain text, without colour; what it quotes cannot control a terminal."""
    blocks = [_finding(finding, language) for finding in report.sorted_findings()]
    if report.changes:
        blocks.append("\n".join(map(_change, report.changes)))
    blocks.append("\n".join([*_notes(report.notes), _figures(report, language)]))
    return printable("\n\n".join(blocks)) + "\n"


def printable(text: str) -> str:
    """`text` with whatever could move a cursor or turn a line around written as an escape."""
    return "".join(
        char
        if char.isprintable() or char == "\n" or char in JOINERS
        else char.encode("unicode_escape").decode()
        for char in text
    )


def _finding(finding: Finding, language: Language) -> str:
    where = str(finding.location) if finding.location else finding.target
    head = " ".join(
        filter(None, (finding.severity.value, finding.country, where, finding.property))
    )
    step = next_step(finding, language)
    lines = [head, f"  {_words(finding, language)}"]
    return "\n".join([*lines, f"  → {step}"] if step else lines)


def _words(finding: Finding, language: Language) -> str:
    if finding.message:
        return say(finding.message, language)
    return f"{finding.kind.value}: {_value(finding.expected)} → {_value(finding.found)}"


def _change(change: Change) -> str:
    line = f"{change.action.value:8} {change.country} {change.target}"
    properties = sorted({*change.before, *change.after})
    details = [
        f"    {name}: {_value(change.before.get(name))} → {_value(change.after.get(name))}"
        for name in properties
    ]
    return "\n".join([f"{line}  ({change.reason})" if change.reason else line, *details])


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _notes(notes: Iterable[str]) -> list[str]:
    return [f"note: {note}" for note in notes]


def _figures(report: Report, language: Language) -> str:
    counts = summary(report)
    parts = []
    if report.findings or not report.changes:
        parts.append(_counted("findings", counts["findings"], counts["by_severity"], language))
    if report.changes:
        parts.append(_counted("changes", counts["changes"], counts["by_action"], language))
    return "; ".join(parts)


def _counted(what: str, total: int, counts: dict[str, int], language: Language) -> str:
    if not total:
        return say(Message(f"report.no-{what}"), language)
    words = say(Message(f"report.{what}", {"count": str(total)}), language)
    return f"{words} ({', '.join(f'{count} {name}' for name, count in counts.items())})"
