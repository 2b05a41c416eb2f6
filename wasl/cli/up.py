"""Bring tenancies up: show what would be done, ask, and do exactly that.

What holds data is never replaced or deleted unless its URN is named by --replace. An interrupted
run is put right first. Exit status 0 means that all is as described, 1 that something failed; one
country's failure does not stop the others.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.fleet import Run, chosen, configure_names, ended, running
from wasl.cli.proposal import Proposal
from wasl.errors import ExitCode
from wasl.planes.check import FOUNDATION
from wasl.report import Report
from wasl.result import Action, Change, Message

if TYPE_CHECKING:
    from wasl.planes.cloud.events import Heard
    from wasl.planes.cloud.fleet import Result
    from wasl.planes.cloud.work import Options


def configure(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all] [--refresh] [--replace URN]… [--break-lock]`."""
    configure_names(parser)
    parser.add_argument("--refresh", action="store_true", help="read AWS first, and repair it")
    parser.add_argument(
        "--replace",
        action="append",
        default=[],
        metavar="URN",
        help="permit this resource to be replaced or deleted although it holds data",
    )
    parser.add_argument(
        "--break-lock", action="store_true", help="clear a lock whose owner may still be alive"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN or FAILED."""
    from wasl.planes.cloud.work import Options

    options = Options(args.refresh, frozenset(args.replace), args.break_lock)
    return bring_up(context, chosen(args, context), options, width=args.width)


def bring_up(
    context: Context,
    names: Sequence[str],
    options: Options,
    *,
    width: int = 0,
    environ: Mapping[str, str] = os.environ,
    shown: bool = False,
) -> ExitCode:
    """CLEAN or FAILED; the foundation before the countries, which stand on it.

    `shown`: the plan is shown first even where nobody is asked.
    """
    foundation = [name for name in names if name == FOUNDATION]
    countries = [name for name in names if name != FOUNDATION]
    for stage in filter(None, (foundation, countries)):
        with running(context, stage, options, width=width, environ=environ) as fleet:
            at_once = context.yes and not shown
            status = _at_once(context, fleet) if at_once else _shown(context, fleet)
        if status is not ExitCode.CLEAN:
            return status
    return ExitCode.CLEAN


def _at_once(context: Context, fleet: Run) -> ExitCode:
    results = fleet.each(fleet.worker.up)
    done = [change for result in results for change in _done(context, result)]
    report = _report(context, [(one.name, one.value or one.heard) for one in results], done)
    if report.findings or report.changes or context.format != "text":
        context.report(report)
    return ended(context, "up", results)


def _done(context: Context, result: Result[Heard]) -> list[Change]:
    """What was done to a stack; its first deployment is told to people by its figures alone."""
    from wasl.planes.cloud.changes import changes

    found = changes(result.value.changing, result.name) if result.value else []
    new = all(change.action is Action.CREATE for change in found)
    return [] if new and context.format == "text" else found


def _shown(context: Context, fleet: Run) -> ExitCode:
    """Plan all, show, ask once, and do what was shown."""
    prepared = fleet.each(fleet.worker.prepare)
    plans = {result.name: result.value for result in prepared if result.value}
    heard = [(r.name, r.value.heard if r.value else r.heard) for r in prepared]
    plan = _report(context, heard, [change for one in plans.values() for change in one.changes])
    proposal = Proposal(context, plan, shown=True)
    status = ended(context, "up", prepared)
    changed = [name for name, one in plans.items() if one.changes]
    if changed and not proposal.agreed(Message("ask.up", {"stacks": ", ".join(changed)})):
        return ExitCode.FAILED
    results = fleet.each(lambda name: fleet.worker.apply(plans[name]), list(plans))
    status = max(status, ended(context, "up", results))
    if context.format != "text" or (plan.findings and not changed):
        proposal.result(changes=[change for result in results for change in _done(context, result)])
    return status


def _report(
    context: Context, heard: Sequence[tuple[str, Heard]], changes: Sequence[Change]
) -> Report:
    from wasl.planes.cloud.findings import policies

    return Report(findings=tuple(policies(context.root, heard)), changes=tuple(changes))
