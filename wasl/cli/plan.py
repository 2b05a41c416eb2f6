"""Say what `wasl up` would do, and change nothing.

Exit status 0 means that there is nothing to do, 2 that there is, 1 that it could not be told.
"""

from __future__ import annotations

import argparse

from wasl.cli.context import Context
from wasl.cli.fleet import chosen, configure_names, ended, running
from wasl.errors import ExitCode
from wasl.report import Report


def configure(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all] [--refresh]`."""
    configure_names(parser)
    parser.add_argument("--refresh", action="store_true", help="read AWS first")


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    from wasl.planes.cloud.findings import policies
    from wasl.planes.cloud.work import Options

    names = chosen(args, context)
    with running(context, names, Options(refresh=args.refresh), width=args.width) as fleet:
        results = fleet.each(fleet.worker.plan)
    planned = [result.value for result in results if result.value]
    heard = [*((plan.name, plan.heard) for plan in planned)]
    heard += [(result.name, result.heard) for result in results if result.error]
    report = Report(
        findings=tuple(policies(context.root, heard)),
        changes=tuple(change for plan in planned for change in plan.changes),
    )
    context.report(report)
    status = ended(context, "plan", results)
    if status is ExitCode.CLEAN and (report.changes or report.findings):
        return ExitCode.DIFFERENCES
    return status
