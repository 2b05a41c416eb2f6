"""What a verb would do: shown, asked for, done or declined in one way by every plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from wasl.cli.context import Context
from wasl.report import Report
from wasl.result import Change, Finding, Words


@dataclass
class Proposal:
    """A plan before it is carried out. `shown`: it is shown even where nobody is asked."""

    context: Context
    plan: Report
    shown: bool = False
    _read: bool = field(init=False, default=False)

    def agreed(self, question: Words) -> bool:
        """Show the plan beside the result and ask; a no is said to have changed nothing."""
        self._read = self.shown or not self.context.yes
        if self._read:
            self.context.aside().report(self.plan)
        return self.context.confirm(question)

    def result(
        self,
        findings: Sequence[Finding] = (),
        notes: Sequence[Words] = (),
        changes: Sequence[Change] | None = None,
    ) -> None:
        """Report what came of it, with the plan where the reader has not just read it.

        `changes` are those that were made, where that is known better than by the plan.
        """
        plan = self.plan if changes is None else replace(self.plan, changes=tuple(changes))
        if self._read and self.context.format == "text":
            plan = Report()
        self.context.report(
            replace(plan, findings=(*plan.findings, *findings), notes=(*plan.notes, *notes))
        )
