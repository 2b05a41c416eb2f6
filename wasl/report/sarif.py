"""SARIF 2.1.0 for GitHub's code scanning: one run a plane, each result on its manifest's line.

Within GitHub's limits: at most 5,000 results a run (it ignores the rest; the most severe stay, and
the run says how many do not), one location a result, fewer than 20 runs and 10 tags. An alert is
told from another by our own fingerprint and not by its line, since many stand on one. A plane that
was checked and is clean has a run without results, which closes its alerts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from wasl.messages import Language, next_step, say
from wasl.report import Report
from wasl.report.lines import dumps
from wasl.report.text import printable, words
from wasl.result import ALL_PLANES, Finding, Kind, Location, Message, Plane, Severity

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RESULTS = 5_000
_TEXT = 1_000  # characters of a message
_NOWHERE = Location("Pulumi.yaml", 1)  # GitHub drops what has no location
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}


def render(report: Report, language: Language) -> str:
    """The report's findings as a SARIF log; changes and notes have no place in it."""
    found: dict[Plane, list[Finding]] = defaultdict(list)
    for finding in report.sorted_findings():
        found[finding.plane].append(finding)
    looked_at = {one.plane for one in report.checked}
    runs = [
        _run(plane, found[plane], language)
        for plane in ALL_PLANES
        if plane in found or plane in looked_at
    ]
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": runs}
    return dumps(log)


def _run(plane: Plane, findings: list[Finding], language: Language) -> dict[str, Any]:
    shown = findings[:RESULTS]
    kinds = [kind for kind in Kind if any(one.kind is kind for one in shown)]
    rules = {kind: number for number, kind in enumerate(kinds)}
    return {
        "tool": {
            "driver": {
                "name": "wasl",
                "version": version("wasl"),
                "rules": [_rule(plane, kind, language) for kind in kinds],
            }
        },
        "automationDetails": {"id": f"wasl/{plane}/"},
        "language": language,
        "invocations": [_invocation(findings, language)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules[one.kind], language) for one in shown],
    }


def _rule(plane: Plane, kind: Kind, language: Language) -> dict[str, Any]:
    text = say(Message(f"kind.{kind.value}"), language)
    return {
        "id": f"{plane}/{kind.value}",
        "name": "".join(word.capitalize() for word in (plane, kind.value)),
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": say(Message("sarif.help"), language)},
        "properties": {"tags": [plane, "drift"]},
    }


def _invocation(findings: list[Finding], language: Language) -> dict[str, Any]:
    unread = sum(one.kind is Kind.UNREADABLE for one in findings)
    left = len(findings) - RESULTS
    notices = list(_notices(unread, left, language))
    return {"executionSuccessful": not unread, "toolExecutionNotifications": notices}


def _notices(unread: int, left: int, language: Language) -> Iterator[dict[str, Any]]:
    if unread:
        text = say(Message("sarif.unread", {"count": str(unread)}), language)
        yield {"level": "error", "message": {"text": text}}
    if left > 0:
        text = say(Message("sarif.left", {"count": str(left)}), language)
        yield {"level": "warning", "message": {"text": text}}


def _result(finding: Finding, rule: int, language: Language) -> dict[str, Any]:
    place = finding.location or _NOWHERE
    step = next_step(finding, language)
    said = " → ".join(filter(None, (words(finding, language), step)))
    return {
        "ruleId": f"{finding.plane}/{finding.kind.value}",
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(said)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(place.file), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": max(place.line, 1)},
                },
                "logicalLocations": [{"fullyQualifiedName": _text(_name(finding))}],
            }
        ],
        "partialFingerprints": {
            "wasl/v1": finding.fingerprint,
            # The only one that GitHub looks at; it would else be made of the line's text.
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
        },
        "properties": {
            "country": finding.country,
            "environment": finding.environment,
            "type": finding.type,
            "severity": finding.severity.value,
            "digest": finding.digest,
        },
    }


def _name(finding: Finding) -> str:
    parts = (finding.country, finding.target, finding.property)
    return "/".join(filter(None, parts))


def _text(text: str) -> str:
    """Plain text: cut to length, and nothing that would be read as a link (SARIF 3.11.6)."""
    plain = printable(text).replace("](", "] (")
    return plain if len(plain) <= _TEXT else plain[: _TEXT - 1] + "…"
