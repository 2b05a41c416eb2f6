"""Bring learning resources from their feeds to devices and the partner: plan, apply, drift, show.

  plan CC      harvest what is new and say what would be added, updated, withdrawn, and why not
  apply CC     plan again with every file fetched and checked, show, ask, deliver
  drift CC     say where a destination's real content differs from what it should be
  show CC      count what may be delivered, by language, level, subject, licence and size

Drift and show go by the last harvest. Whatever was interrupted goes on when it is run again.
Exit status 0 means nothing to do, 2 changes or findings, 1 that something could not be told.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from wasl.cli.checking import check_one, place
from wasl.cli.context import Context
from wasl.cli.proposal import Proposal
from wasl.cli.telling import progress
from wasl.errors import ExitCode, UsageError
from wasl.report import Report
from wasl.result import Message, exit_code

if TYPE_CHECKING:
    from wasl.planes.content.setting import Setting
    from wasl.planes.content.work import Planned

VERBS = ("plan", "apply", "drift", "show")


def configure(parser: argparse.ArgumentParser) -> None:
    """`plan|apply|drift|show CC` and `--feed`."""
    parser.add_argument("verb", choices=VERBS, help="what to do")
    parser.add_argument("country", metavar="CC", help="the country's code")
    parser.add_argument(
        "--feed", metavar="NAME|URL|PATH", help="plan: one feed of the manifest, or another"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    from wasl.planes.content.setting import setting

    if args.feed and args.verb != "plan":
        raise UsageError("--feed is for plan alone", hint="wasl content --help")
    if args.verb == "drift":
        return check_one(context, place(context), "content", args.country)
    chosen = setting(context.root, context.home, args.country, os.environ, args.feed)
    verbs: dict[str, Callable[[Context, Setting], ExitCode]]
    verbs = {"plan": _plan, "apply": deliver, "show": _show}
    return verbs[args.verb](context, chosen)


def _plan(context: Context, chosen: Setting) -> ExitCode:
    from wasl.planes.content.work import plan

    with chosen.catalogue() as catalogue:
        made = plan(chosen, catalogue, progress(context))
    report = _report(context, made)
    context.report(report)
    code = exit_code(report.findings)
    return ExitCode.DIFFERENCES if code is ExitCode.CLEAN and made.steps else code


def deliver(context: Context, chosen: Setting, *, shown: bool = False) -> ExitCode:
    """Plan with every file fetched and checked, show, ask, deliver."""
    from wasl.planes.content.work import carry_out, prepare

    tell = progress(context)
    with chosen.catalogue() as catalogue:
        made = prepare(chosen, catalogue, tell)
        proposal = Proposal(context, _report(context, made), shown)
        wanted = [step for step in made.steps if step.destination not in made.blocked]
        words = {"count": f"{len(wanted):,}", "where": chosen.country.code}
        if wanted and not proposal.agreed(Message("ask.carry-out", words)):
            return ExitCode.FAILED
        context.console.left("part of the delivery")
        receipts = carry_out(made, tell)
        context.console.done("part of the delivery")
    proposal.result(notes=[Message("content.note.delivered", {"receipt": one}) for one in receipts])
    return exit_code(proposal.plan.findings)


def _show(context: Context, chosen: Setting) -> ExitCode:
    from wasl.planes.content.report import shown
    from wasl.planes.content.work import plan

    with chosen.catalogue() as catalogue:
        made = plan(chosen, catalogue, progress(context), harvest=False)
    context.report(Report(notes=(*chosen.notes, *shown(made, context.language))))
    return ExitCode.CLEAN


def _report(context: Context, made: Planned) -> Report:
    from wasl.planes.content.report import changes, left_out, notes, problems

    whole = context.format == "json"
    shown = changes(made, whole=whole)
    left = len(changes(made, whole=True)) - len(shown)
    said = (*((left_out(left),) if left else ()), *notes(made))
    return Report(findings=tuple(problems(made)), changes=shown, notes=said)
