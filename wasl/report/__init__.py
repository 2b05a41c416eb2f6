"""What a verb has to say, and one renderer a format.

A renderer is a module with `render(report, language) -> str`; adding a format is one module and
one line of `RENDERERS`. Modules are imported when asked for. The same report gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from wasl.messages import Language, say
from wasl.result import Change, Checked, Finding, Words, by_severity
from wasl.waivers import Judged, Waived

RENDERERS = {
    "text": "wasl.report.text",
    "json": "wasl.report.json",
    "sarif": "wasl.report.sarif",
    "junit": "wasl.report.junit",
    "markdown": "wasl.report.markdown",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What a plan would do, what a check found, and what else must be known to judge that.

    `notes` are sentences for people about the report itself, such as what was not looked at;
    `checked` are the planes of countries that were looked at, clean ones included.
    """

    findings: tuple[Finding, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[Words, ...] = ()
    checked: tuple[Checked, ...] = ()
    waived: tuple[Waived, ...] = ()

    def sorted_findings(self) -> list[Finding]:
        """Most severe first, then by place: the one order of every format."""
        return sorted(self.findings, key=_order)

    def sorted_waived(self) -> list[Waived]:
        """In the same order."""
        return sorted(self.waived, key=lambda one: _order(one.finding))


def of_check(judged: Judged, *notes: Words) -> Report:
    """The report of a check; what the planes themselves say stands before `notes`."""
    said = [note for one in judged.checks for note in one.notes]
    return Report(
        findings=judged.findings,
        notes=(*said, *notes),
        checked=judged.checks,
        waived=judged.waived,
    )


def told(words: Words, language: Language) -> str:
    """What people read of a note, a reason or a question."""
    return words if isinstance(words, str) else say(words, language)


def render(report: Report, form: str, language: Language = "en") -> str:
    """The report in one of `RENDERERS`, ending with a line feed."""
    text: str = import_module(RENDERERS[form]).render(report, language)
    return text


def _order(finding: Finding) -> tuple[object, ...]:
    """`by_severity`, and the line and words where two findings are about one property."""
    line = finding.location.line if finding.location else 0
    return (*by_severity(finding), line, finding.message.id if finding.message else "")
