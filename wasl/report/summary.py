"""The figures that stand above or below the list, the same in every format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from wasl.report import Report
from wasl.result import ALL_PLANES, SEVERITIES, Action, Kind


def summary(report: Report) -> dict[str, Any]:
    """Counts of findings by severity, kind, country and plane, and of changes by action.

    Nothing with a count of zero is named.
    """
    findings = report.findings
    return {
        "findings": len(findings),
        "by_severity": _counts((f.severity.value for f in findings), [s.value for s in SEVERITIES]),
        "by_kind": _counts((f.kind.value for f in findings), [kind.value for kind in Kind]),
        "by_country": _counts((f.country for f in findings), sorted({f.country for f in findings})),
        "by_plane": _counts((f.plane for f in findings), ALL_PLANES),
        "waived": len(report.waived),
        "changes": len(report.changes),
        "by_action": _counts((c.action.value for c in report.changes), [a.value for a in Action]),
    }


def _counts(values: Iterable[str], order: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return {name: counts[name] for name in order if counts[name]}
