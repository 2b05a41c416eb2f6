"""JUnit XML, as CI servers read it: a suite a plane of a country, a case a finding.

What could not be read is an error, every other finding a failure; a suite that is clean has one
case, which passed. No times and no host: the same report gives the same bytes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from xml.sax.saxutils import escape as escaped
from xml.sax.saxutils import quoteattr as quoted

from wasl.messages import Language, next_step
from wasl.report import Report
from wasl.report.text import words
from wasl.result import Finding, Kind

Suite = tuple[str, str]
# What XML 1.0 has no place for, not even as a reference; and what could turn a line around.
_FORBIDDEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u200d\u2010-\u2027\u2030-\u2065\u2070-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


def render(report: Report, language: Language) -> str:
    """The report's findings and what was checked, as one `testsuites`."""
    suites: dict[Suite, list[Finding]] = defaultdict(list)
    for finding in report.sorted_findings():
        suites[(finding.country, finding.plane)].append(finding)
    clean = [one for one in report.checked if not suites.get((one.country, one.plane))]
    for one in clean:
        suites[(one.country, one.plane)] = []
    errors = sum(one.kind is Kind.UNREADABLE for one in report.findings)
    counts = _counts(len(report.findings) + len(clean), len(report.findings) - errors, errors)
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="wasl"{counts}>']
    for suite in sorted(suites):
        parts += _suite(suite, suites[suite], language)
    return "\n".join([*parts, "</testsuites>"]) + "\n"


def _suite(suite: Suite, findings: list[Finding], language: Language) -> list[str]:
    country, plane = suite
    name = ".".join(filter(None, ("wasl", plane, country)))
    errors = sum(one.kind is Kind.UNREADABLE for one in findings)
    counts = _counts(len(findings) or 1, len(findings) - errors, errors)
    cases = [_case(name, one, language) for one in findings]
    cases = cases or [f"    <testcase classname={_quoted(name)} name={_quoted('as described')}/>"]
    return [f"  <testsuite name={_quoted(name)}{counts}>", *cases, "  </testsuite>"]


def _case(suite: str, finding: Finding, language: Language) -> str:
    what = f"{finding.kind.value} {finding.target} {finding.property}".rstrip()
    place = ""
    if finding.location:
        place = f" file={_quoted(finding.location.file)} line={_quoted(str(finding.location.line))}"
    said, step = words(finding, language), next_step(finding, language)
    detail = "\n".join(filter(None, (str(finding.location or ""), said, step and f"→ {step}")))
    element = "error" if finding.kind is Kind.UNREADABLE else "failure"
    kind = f"{finding.plane}.{finding.kind.value}.{finding.severity.value}"
    return (
        f"    <testcase classname={_quoted(suite)} name={_quoted(what)}{place}>"
        f"<{element} type={_quoted(kind)} message={_quoted(said)}>"
        f"{escaped(_allowed(detail))}</{element}></testcase>"
    )


def _counts(tests: int, failures: int, errors: int) -> str:
    return f' tests="{tests}" failures="{failures}" errors="{errors}" skipped="0"'


def _quoted(text: str) -> str:
    return quoted(_allowed(text), {"\n": "&#10;", "\t": "&#9;"})


def _allowed(text: str) -> str:
    return text if text.isprintable() else _FORBIDDEN.sub("\ufffd", text)
