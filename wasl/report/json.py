"""Reports for programs: one JSON object of a versioned shape.

`version` changes when a key changes its meaning or goes away; keys may be added. `text` and `next`
are the words of the chosen language, the rest is the same in all.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from wasl.messages import Language, next_step, say
from wasl.report import Report
from wasl.report.summary import summary
from wasl.result import Change, Finding

VERSION = 1


def render(report: Report, language: Language) -> str:
    """`{"version", "summary", "findings", "changes", "notes"}`, indented, keys in a fixed order."""
    record = {
        "version": VERSION,
        "summary": summary(report),
        "findings": [_finding(finding, language) for finding in report.sorted_findings()],
        "changes": [_change(change) for change in report.changes],
        "notes": list(report.notes),
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    text = say(finding.message, language) if finding.message else ""
    return {**finding.as_json(), "text": text, "next": next_step(finding, language)}


def _change(change: Change) -> dict[str, Any]:
    return {**asdict(change), "action": change.action.value}
