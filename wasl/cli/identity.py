"""Bring a ministry's roster to the partner's classrooms: plan, approve, apply, drift, sso, convert.

  plan CC      say what would be created, changed, moved, disabled, removed; write nothing there
  approve CC PLAN   sign a plan that a guard stopped, by a key that the manifest names
  apply CC     plan again, show, ask, carry out; after an interruption run it again
  drift CC     say where the partner's real state differs from the roster
  sso CC       check the providers' sign-in metadata, and make ours in the manifest's files
  convert CC   write a roster in OneRoster's other version, and say what has no place there

Exit status 0 means nothing to do, 2 changes or differences, 1 that it could not be told.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.proposal import Proposal
from wasl.cli.telling import rows
from wasl.errors import ExitCode, UsageError
from wasl.report import Report
from wasl.result import Message, Words

if TYPE_CHECKING:
    from integrations.identity.apply import Applied
    from wasl.planes.identity.setting import Setting
    from wasl.planes.identity.work import Planned

VERBS = ("plan", "approve", "apply", "drift", "sso", "convert")


def configure(parser: argparse.ArgumentParser) -> None:
    """`plan|approve|apply|drift|sso|convert CC [PLAN]` and their options."""
    parser.add_argument("verb", choices=VERBS, help="what to do")
    parser.add_argument("country", metavar="CC", help="the country's code")
    parser.add_argument("plan", type=Path, nargs="?", metavar="PLAN", help="for approve: the file")
    parser.add_argument("--roster", type=Path, metavar="PATH", help="folder or zip to read")
    parser.add_argument("--target", metavar="NAME", help="which of the manifest's targets")
    parser.add_argument(
        "-o", dest="file", type=Path, metavar="FILE", help="plan, convert: write it"
    )
    parser.add_argument("--to", choices=("1.1", "1.2"), help="convert: OneRoster's version")
    parser.add_argument("--plan", dest="against", type=Path, metavar="PLAN", help="apply: this one")
    parser.add_argument("--key", type=Path, metavar="FILE", help="approve: your Ed25519 key")
    parser.add_argument("--reason", metavar="TEXT", help="approve: why it is right")
    parser.add_argument("--days", type=int, default=7, help="approve: for how many days (7)")


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    from wasl.planes.identity.setting import setting

    if args.verb != "approve" and args.plan is not None:
        raise UsageError(f"{args.verb} takes no file", hint="wasl identity --help")
    if args.verb == "drift":
        return _drift(args, context)
    if args.verb in ("sso", "convert"):
        return {"sso": _sso, "convert": _convert}[args.verb](args, context)
    chosen = setting(context.root, context.home, args.country, args.target, os.environ)
    verbs = {"plan": _plan, "approve": _approve, "apply": _apply}
    return verbs[args.verb](args, context, chosen)


def _plan(args: argparse.Namespace, context: Context, chosen: Setting) -> ExitCode:
    from integrations.identity.planfile import write
    from wasl.planes.identity.work import planned

    with planned(chosen, args.roster, rows(context)) as made:
        notes: tuple[Words, ...] = ()
        if args.file is not None:
            names = chosen.identity.keys
            signing = chosen.keys.signing(f"{chosen.country.code}/{names.planner}")
            sealing = chosen.keys.sealing(f"{chosen.country.code}/{names.plan}")
            head = write(made.plan, args.file, signing, sealing)
            words = {"file": str(args.file), "planner": head.planner}
            notes = (Message("identity.note.kept", words),)
        context.report(_report(made, context.format == "json", notes))
        return _differs(made)


def _differs(made: Planned) -> ExitCode:
    return ExitCode.DIFFERENCES if made.plan.size or made.roster.refused else ExitCode.CLEAN


def _report(made: Planned, whole: bool, more: tuple[Words, ...] = ()) -> Report:
    from wasl.planes.identity.report import alike, changes, left_out, notes, problems

    shown = changes(made.plan, whole)
    left = made.plan.size - len(shown)
    cut = (left_out(left),) if left > 0 else ()
    findings = (*problems(made), *alike(made))
    return Report(findings=findings, changes=shown, notes=(*cut, *notes(made), *more))


def _approve(args: argparse.Namespace, context: Context, chosen: Setting) -> ExitCode:
    from integrations.identity.keys import signing_key
    from integrations.identity.planfile import approve, read_head
    from wasl.files import write_atomically

    if args.plan is None or args.key is None or not args.reason:
        raise UsageError(
            "approve needs the plan, a key and a reason",
            hint=f"wasl identity approve {chosen.country.code} PLAN --key FILE --reason TEXT",
        )
    head = read_head(args.plan)
    expires: date = chosen.today + timedelta(days=args.days)
    keys = chosen.identity.keys
    approval = approve(head, signing_key(args.key), keys, args.reason, expires)
    path = chosen.approvals() / f"{head.hash[:16]}-{approval.public_key[:8]}.approval.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(path, approval.model_dump_json(indent=2) + "\n")
    detail = {"plan": head.hash, "reason": args.reason, "expires": expires.isoformat()}
    chosen.journal().note("identity.approve", chosen.target.name, name=approval.name, **detail)
    stopped = tuple(Message("identity.note.was-stopped", {"why": why}) for why in head.stopped)
    told = {"who": approval.name, "plan": head.hash[:16], "until": str(expires), "file": str(path)}
    context.report(Report(notes=(*stopped, Message("identity.note.approved", told))))
    return ExitCode.CLEAN


def _apply(args: argparse.Namespace, context: Context, chosen: Setting) -> ExitCode:
    return carry(context, chosen, args.roster, args.against)


def carry(
    context: Context,
    chosen: Setting,
    roster: Path | None,
    against: Path | None = None,
    *,
    shown: bool = False,
) -> ExitCode:
    """Plan, show, ask, carry out at one target; `against` is the plan that was approved."""
    from wasl.planes.identity.work import carry_out, planned, require_approval

    progress = rows(context)
    with planned(chosen, roster, progress) as made:
        approval = require_approval(made, against)
        proposal = Proposal(context, _report(made, context.format == "json"), shown)
        if not made.plan.size:
            proposal.result()
            return ExitCode.DIFFERENCES if made.roster.refused else ExitCode.CLEAN
        words = {"count": str(made.plan.size), "where": made.plan.target}
        if not proposal.agreed(Message("ask.carry-out", words)):
            return ExitCode.FAILED
        context.console.left(f"part of the plan for {made.plan.target}")
        applied = carry_out(made, approval, progress)
        context.console.done(f"part of the plan for {made.plan.target}")
        proposal.result(notes=_receipt(applied))
        return ExitCode.CLEAN if not _failed(applied) else ExitCode.FAILED


def _receipt(applied: Applied) -> list[Words]:
    """How the partner answered; why it refused something, in its own words."""
    words = tuple(
        Message(f"receipt.{word}", {"count": str(applied.total(word))})
        for word in ("accepted", "rejected", "unknown", "held")
        if applied.total(word)
    )
    receipt = Message("receipt", {"counts": words or Message("receipt.nothing")})
    return [receipt, *(f"{what} {outcome}: {why}" for what, outcome, why in applied.failures)]


def _failed(applied: Applied) -> int:
    return applied.total("rejected", "unknown", "held")


def _drift(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.cli.checking import check_one, place

    where = replace(place(context), roster=args.roster, target=args.target)
    return check_one(context, where, "identity", args.country)


def _sso(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.planes.identity.registration import make
    from wasl.planes.identity.setting import at_home
    from wasl.planes.identity.sso import check as checked
    from wasl.planes.identity.sso import unreadable

    chosen = at_home(context.root, context.home, args.country)
    findings = tuple(checked(chosen))
    changes, notes = make(chosen)
    context.report(Report(findings=findings, changes=changes, notes=notes))
    if unreadable(findings):
        return ExitCode.FAILED
    return ExitCode.DIFFERENCES if findings or changes else ExitCode.CLEAN


def _convert(args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.planes.identity.convert import convert
    from wasl.planes.identity.report import SHOWN_PROBLEMS, finding
    from wasl.planes.identity.setting import at_home

    if args.roster is None or args.to is None or args.file is None:
        hint = f"wasl identity convert {args.country} --roster PATH --to 1.2 -o FILE.zip"
        raise UsageError("convert needs a roster, a version and a file", hint=hint)
    chosen = at_home(context.root, context.home, args.country)
    made = convert(chosen, args.roster, args.to, args.file, rows(context))
    findings = tuple(finding(chosen, one) for one in made.problems[:SHOWN_PROBLEMS])
    notes = [Message("identity.note.written", {"file": str(args.file)})]
    notes += [loss.words for loss in made.losses]
    if made.rejects:
        notes.append(Message("identity.note.rejects", {"file": str(made.rejects)}))
    context.report(Report(findings=findings, notes=tuple(notes)))
    return ExitCode.DIFFERENCES if findings else ExitCode.CLEAN
