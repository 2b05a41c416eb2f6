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
from typing import TYPE_CHECKING

from wasl.cli.checking import check_one, place
from wasl.cli.context import Context
from wasl.cli.telling import progress
from wasl.errors import ExitCode, UsageError, WaslError
from wasl.report import Report

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
    verb = {"plan": _plan, "apply": deliver, "show": _show}[args.verb]
    return verb(context, chosen)


def _plan(context: Context, chosen: Setting) -> ExitCode:
    from wasl.planes.content.work import plan

    with chosen.catalogue() as catalogue:
        made = plan(chosen, catalogue, progress(context))
    return _reported(context, made)


def deliver(context: Context, chosen: Setting) -> ExitCode:
    """Plan with every file fetched and checked, show, ask, deliver."""
    from wasl.planes.content.work import carry_out, prepare

    tell = progress(context)
    with chosen.catalogue() as catalogue:
        made = prepare(chosen, catalogue, tell)
        wanted = [step for step in made.steps if step.destination not in made.blocked]
        if wanted and not context.yes:
            context.console.note("\n".join(_lines(context, made)))
        if wanted and not context.confirm(f"carry out {len(wanted)} changes?"):
            raise WaslError("WASL-CONTENT-DECLINED", "nothing was delivered", hint="as you wished")
        context.console.left("part of the delivery")
        receipts = carry_out(made, tell)
        context.console.done("part of the delivery")
    code = _reported(context, made, tuple(f"delivered: {receipt}" for receipt in receipts))
    return ExitCode.CLEAN if code is ExitCode.DIFFERENCES and not _open(made) else code


def _show(context: Context, chosen: Setting) -> ExitCode:
    from wasl.planes.content.report import shown
    from wasl.planes.content.work import plan

    with chosen.catalogue() as catalogue:
        made = plan(chosen, catalogue, progress(context), harvest=False)
    context.report(Report(notes=(*chosen.notes, *shown(made, context.language))))
    return ExitCode.CLEAN


def _reported(context: Context, made: Planned, more: tuple[str, ...] = ()) -> ExitCode:
    from wasl.planes.content.report import changes, notes, problems
    from wasl.result import exit_code

    whole = context.format == "json"
    shown = changes(made, context.language, whole=whole)
    every = len(changes(made, context.language, whole=True))
    cut = (f"{every - len(shown)} more are not listed here (--format json has all)",)
    findings = tuple(problems(made))
    said = (*(cut if every > len(shown) else ()), *notes(made, context.language), *more)
    context.report(Report(findings=findings, changes=shown, notes=said))
    code = exit_code(list(findings))
    return ExitCode.DIFFERENCES if code is ExitCode.CLEAN and made.steps else code


def _lines(context: Context, made: Planned) -> list[str]:
    from wasl.planes.content.report import changes, notes

    steps = changes(made, context.language, whole=False)
    lines = [f"{step.action.value:8} {step.target}  ({step.reason})" for step in steps]
    return [*lines, *notes(made, context.language)]


def _open(made: Planned) -> bool:
    """Whether anything is left to be looked at after a delivery."""
    from wasl.planes.content.report import problems

    return any(True for _ in problems(made))
