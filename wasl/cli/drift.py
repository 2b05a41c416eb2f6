"""Say where AWS, the state and the description differ. Changes nothing in AWS.

Exit status 0 means no difference, 2 differences, 1 that something could not be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.fleet import chosen, configure_names, ended, running
from wasl.errors import ExitCode
from wasl.report import Report
from wasl.result import Finding, exit_code

if TYPE_CHECKING:
    from wasl.planes.cloud.events import Heard
    from wasl.planes.cloud.fleet import Result


def configure(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all] [--break-lock]`."""
    configure_names(parser)
    parser.add_argument(
        "--break-lock", action="store_true", help="clear a lock whose owner may still be alive"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    from wasl.planes.cloud.work import Options

    names = chosen(args, context)
    options = Options(break_lock=args.break_lock)
    with running(context, names, options, width=args.width) as fleet:
        results = fleet.each(fleet.worker.drift)
    findings = [finding for result in results for finding in _findings(context, result)]
    context.report(Report(findings=tuple(findings), notes=_notes(results)))
    if any(result.interrupted for result in results):
        return ended(context, "drift", results)
    return exit_code(findings)


def _findings(context: Context, result: Result[Heard]) -> list[Finding]:
    from wasl.cli.about import about
    from wasl.planes.cloud.findings import drift, policy_findings, unreadable, until_failure

    where = about(context, result.name)
    if result.value is not None:
        heard = result.value
        return [*drift(heard, where), *policy_findings(heard.violations, heard, where)]
    if result.error is None:
        return []
    heard = result.heard
    return [*unreadable(result.error, heard, where), *until_failure(heard, where)]


def _notes(results: Sequence[Result[Heard]]) -> tuple[str, ...]:
    """What would mend a stack that could not be read."""
    return tuple(
        f"{result.name}: {result.error.code}: {result.error.hint}"
        for result in results
        if result.error and result.error.hint
    )
