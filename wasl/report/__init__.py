"""What a verb has to say, and one renderer a format.

A renderer is a module with `render(report, language) -> str`; adding a format is one module and
one line of `RENDERERS`. Modules are imported when asked for. The same report gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from wasl.messages import Language
from wasl.result import Change, Finding, by_severity

RENDERERS = {"text": "wasl.report.text", "json": "wasl.report.json"}


@dataclass(frozen=True, slots=True)
class Report:
    """What a plan would do, what a check found, and what else must be known to judge that.

    `notes` are sentences for people about the report itself, such as what was not looked at.
    """

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()

    def sorted_findings(self) -> list[Finding]:
        """Most severe first, then by place: the one order of every format."""
        return sorted(self.findings, key=_order)


def render(report: Report, form: str, language: Language = "en") -> str:
    """The report in one of `RENDERERS`, ending with a line feed."""
    text: str = import_module(RENDERERS[form]).render(report, language)
    return text


def _order(finding: Finding) -> tuple[object, ...]:
    """`by_severity`, and the line and words where two findings are about one property."""
    line = finding.location.line if finding.location else 0
    return (*by_severity(finding), line, finding.message.id if finding.message else "")
