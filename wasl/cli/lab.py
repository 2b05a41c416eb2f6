"""`wasl devices run`: shown, asked, run with a live line a device."""

from __future__ import annotations

import argparse

from wasl.cli.context import Context
from wasl.cli.proposal import Proposal
from wasl.cli.screen import Screen
from wasl.errors import ExitCode, UsageError
from wasl.planes.devices import prepare as preparing
from wasl.planes.devices.board import Board
from wasl.planes.devices.home import Home
from wasl.planes.devices.prepare import Job
from wasl.planes.devices.stage import DESTRUCTIVE
from wasl.planes.devices.systems.run import STAGES
from wasl.report import Report
from wasl.result import Action, Message


def prepare(args: argparse.Namespace, context: Context, home: Home) -> ExitCode:
    """CLEAN, or FAILED where a device could not be prepared or nobody agreed."""
    return run_job(context, job(args, context, home))


def run_job(context: Context, asked_job: Job, *, shown: bool = False) -> ExitCode:
    """The same for a job that is known. Where nobody reads what would be done, nobody looks."""
    board, planned = Board(list(preparing.targets(asked_job))), preparing.Seen()
    if shown or not context.yes:
        context.console.note("looking at the devices; nothing is touched yet")
        planned = preparing.plan(asked_job, board, lambda: None)
    report = Report(tuple(planned.findings), tuple(planned.changes), tuple(planned.notes))
    proposal = Proposal(context, report, shown)
    lost = sum(change.action is not Action.UPDATE for change in planned.changes)
    words = {"lost": str(lost), "rest": str(len(planned.changes) - lost)}
    if planned.changes and not proposal.agreed(Message("ask.devices", words)):
        return ExitCode.FAILED
    with Screen(board, context.console) as screen:
        context.console.left("devices run: some devices are half-prepared")
        done = preparing.apply(asked_job, board, screen.tick)
        context.console.done("devices run: some devices are half-prepared")
    proposal.plan = Report()  # the run says all of the look anew
    proposal.result(done.findings, done.notes, done.changes)
    return ExitCode.FAILED if done.findings else ExitCode.CLEAN


def job(args: argparse.Namespace, context: Context, home: Home) -> Job:
    """What the command line asks for. Raises `UsageError`."""
    if args.inventory is None:
        raise UsageError("which devices?", hint="add --inventory FILE")
    asked = [stage for stage in args.stages.split(",") if stage]
    if unknown := [stage for stage in asked if stage not in STAGES]:
        raise UsageError(f"there is no stage {unknown[0]!r}", hint=f"known: {', '.join(STAGES)}")
    if args.image is not None and not args.image.is_file():
        raise UsageError(f"there is no image {args.image}")
    stages, image = preparing.chosen(asked), args.image and args.image.resolve()
    inventory, packs = args.inventory.resolve(), args.packs and args.packs.resolve()
    if packs is not None and not packs.is_dir():
        raise UsageError(f"there is no folder of packs {args.packs}")
    return Job(
        context.root,
        home,
        inventory,
        stages,
        image,
        args.limit,
        context.language,
        packs,
        variables=_again(args.again, stages),
    )


def _again(asked: str, stages: tuple[str, ...]) -> dict[str, list[str]]:
    """What is done although the record says that it was; the inventory says where this does not."""
    again = [stage for stage in asked.split(",") if stage]
    known = [stage for stage in stages if stage in DESTRUCTIVE]
    if unknown := [stage for stage in again if stage not in known]:
        hint = f"of the stages asked for: {', '.join(known) or 'none'}; others repeat by themselves"
        raise UsageError(f"{unknown[0]!r} cannot be done again", hint=hint)
    return {"wasl_again": again} if again else {}
