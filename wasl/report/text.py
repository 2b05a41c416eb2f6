"""Reports for people: grouped, most severe first, up to three lines a finding, the figures last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from wasl.messages import Language, next_step, say
from wasl.report import Report, told
from wasl.report.summary import summary
from wasl.result import SEVERITIES, Action, Change, Finding, Message

JOINERS = "\u200c\u200d"  # Arabic script needs them; no other invisible character is let through


def render(report: Report, language: Language) -> str:
    """The report as plain text, without colour; what it quotes cannot control a terminal."""
    blocks = list(_groups(report.sorted_findings(), language))
    if report.changes:
        blocks.append("\n".join(_change(one, language) for one in report.changes))
    blocks.append("\n".join([*_notes(report, language), _figures(report, language)]))
    return printable("\n\n".join(blocks)) + "\n"


def printable(text: str) -> str:
    """`text` with whatever could move a cursor or turn a line around written as an escape."""
    lines = text.split("\n")
    return "\n".join(line if line.isprintable() else _escaped(line) for line in lines)


def _escaped(line: str) -> str:
    return "".join(
        char if char.isprintable() or char in JOINERS else char.encode("unicode_escape").decode()
        for char in line
    )


def title(finding: Finding, language: Language) -> str:
    """What a group of findings has in common: severity, country and its environment, plane."""
    place = finding.country
    if finding.environment:
        place += f" ({say(Message(f'environment.{finding.environment}'), language)})"
    weight = say(Message(f"severity.{finding.severity.value}"), language)
    plane = say(Message(f"plane.{finding.plane}"), language)
    return " · ".join(filter(None, (weight, place, plane)))


def words(finding: Finding, language: Language) -> str:
    """What is wrong, in a sentence."""
    if finding.message:
        return say(finding.message, language)
    return f"{finding.kind.value}: {_value(finding.expected)} → {_value(finding.found)}"


def _groups(findings: list[Finding], language: Language) -> Iterator[str]:
    for _, group in groupby(findings, _common):
        members = list(group)
        lines = [title(members[0], language)]
        for one in members:
            lines += _finding(one, language)
        yield "\n".join(lines)


def _common(finding: Finding) -> tuple[str, ...]:
    return (finding.severity.value, finding.country, finding.environment, finding.plane)


def _finding(finding: Finding, language: Language) -> Iterator[str]:
    where = str(finding.location) if finding.location else finding.target
    yield f"  {where} {finding.property}".rstrip()
    yield f"    {words(finding, language)}"
    if step := next_step(finding, language):
        yield f"    → {step}"


def _change(change: Change, language: Language) -> str:
    action = say(Message(f"action.{change.action.value}"), language)
    line = f"{action:8} {change.country} {change.target}"
    properties = sorted({*change.before, *change.after})
    details = [
        f"    {name}: {_value(change.before.get(name))} → {_value(change.after.get(name))}"
        for name in properties
    ]
    why = told(change.reason, language)
    return "\n".join([f"{line}  ({why})" if why else line, *details])


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _notes(report: Report, language: Language) -> Iterator[str]:
    mark = say(Message("report.note"), language)
    yield from (f"{mark} {told(note, language)}" for note in report.notes)


def _figures(report: Report, language: Language) -> str:
    counts = summary(report)
    parts = []
    if report.findings or not report.changes:
        names = {one.value: f"severity.{one.value}" for one in SEVERITIES}
        parts.append(_counted("findings", counts["by_severity"], names, language))
    if report.changes:
        names = {one.value: f"action.{one.value}" for one in Action}
        parts.append(_counted("changes", counts["by_action"], names, language))
    if report.waived:
        number = {"count": str(counts["waived"])}
        parts.append(say(Message("report.waived", number), language))
    return "; ".join(parts)


def _counted(what: str, counts: dict[str, int], names: dict[str, str], language: Language) -> str:
    total = sum(counts.values())
    if not total:
        return say(Message(f"report.no-{what}"), language)
    all_of_them = say(Message(f"report.{what}", {"count": str(total)}), language)
    told_apart = (
        f"{count} {say(Message(names[name]), language)}" for name, count in counts.items()
    )
    return f"{all_of_them} ({', '.join(told_apart)})"
