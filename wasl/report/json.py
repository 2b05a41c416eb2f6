"""Reports for programs: one JSON object of a versioned shape.

`version` changes when a key changes its meaning or goes away; keys may be added. `text` and `next`
are the words of the chosen language, as are notes and reasons; the rest is the same in all.
"""

from __future__ import annotations

from typing import Any

from wasl.messages import Language, next_step, say
from wasl.report import Report, told
from wasl.report.lines import dumps
from wasl.report.summary import summary
from wasl.result import Change, Checked, Finding
from wasl.waivers import Waived

VERSION = 1


def render(report: Report, language: Language) -> str:
    """`{"version", "summary", "checked", "findings", "waived", "changes", "notes"}`."""
    record = {
        "version": VERSION,
        "summary": summary(report),
        "checked": [_checked(one) for one in report.checked],
        "findings": (_finding(finding, language) for finding in report.sorted_findings()),
        "waived": [_waived(one) for one in report.sorted_waived()],
        "changes": [_change(change, language) for change in report.changes],
        "notes": [told(note, language) for note in report.notes],
    }
    return dumps(record)


def _checked(one: Checked) -> dict[str, Any]:
    return {
        "plane": one.plane,
        "country": one.country,
        "environment": one.environment,
        "state": one.state,
        "findings": len(one.findings),
    }


def _finding(finding: Finding, language: Language) -> dict[str, Any]:
    text = say(finding.message, language) if finding.message else ""
    return {**finding.as_json(), "text": text, "next": next_step(finding, language)}


def _waived(one: Waived) -> dict[str, Any]:
    finding = one.finding
    return {
        "fingerprint": finding.fingerprint,
        "plane": finding.plane,
        "country": finding.country,
        "target": finding.target,
        "property": finding.property,
        "severity": finding.severity.value,
        "reason": one.reason,
        "owner": one.owner,
        "expires": one.expires.isoformat(),
    }


def _change(change: Change, language: Language) -> dict[str, Any]:
    return {
        "plane": change.plane,
        "country": change.country,
        "target": change.target,
        "action": change.action.value,
        "reason": told(change.reason, language),
        "before": dict(change.before),
        "after": dict(change.after),
    }
