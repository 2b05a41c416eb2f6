"""Check every plane of countries against their description: cloud, devices, identity, content.

Changes nothing. What is waived in waivers.yaml is counted and not shown. --repair shows what would
bring back what the description says, asks, does it, and checks again.

The cloud is each stack's state against what AWS lists; --engine pulumi lets the engine read each
resource and compare it with the program, which takes the program's secrets and more time.

Exit status 0 means no difference, 2 differences, 1 that something could not be read.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wasl.cli.arguments import FORMATS
from wasl.cli.checking import Asked, asked, look, place, say, tell
from wasl.cli.context import Context
from wasl.cli.fleet import chosen, configure_names
from wasl.errors import ExitCode, UsageError
from wasl.manifest.problems import ManifestError
from wasl.planes.check import FOUNDATION, PARTS, Place, remembered
from wasl.report import Report
from wasl.result import Checked, Finding, Message

if TYPE_CHECKING:
    from wasl.planes.cloud.events import Heard
    from wasl.planes.cloud.fleet import Result


SCALES = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Which countries and planes, where one country's devices and roster are, what to write."""
    configure_names(parser)
    parser.add_argument(
        "--plane",
        action="append",
        default=[],
        choices=tuple(PARTS),
        help="only this plane (again for another); without it all that the manifests describe",
    )
    parser.add_argument("--inventory", type=Path, metavar="FILE", help="one country's devices")
    parser.add_argument("--roster", type=Path, metavar="PATH", help="one country's roster")
    parser.add_argument(
        "--write",
        action="append",
        default=[],
        type=_file,
        metavar="FORMAT=FILE",
        help="put the report into a file too, in this format (again for another)",
    )
    parser.add_argument("--repair", action="store_true", help="mend what differs, check again")
    parser.add_argument(
        "--latest", action="store_true", help="look at nothing: tell what the last checks said"
    )
    parser.add_argument(
        "--engine",
        choices=("live", "pulumi"),
        default="live",
        help="who looks at AWS: wasl itself by listing (live), or the engine by reading each",
    )
    parser.add_argument(
        "--break-lock",
        action="store_true",
        help="with --engine pulumi: clear a lock whose owner may still be alive",
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    names = chosen(args, context)
    if (args.inventory or args.roster) and len(names) != 1:
        raise UsageError("--inventory and --roster are one country's: name that one alone")
    if args.latest and args.repair:
        raise UsageError("--repair looks for itself: leave --latest out")
    where = replace(place(context), inventory=args.inventory, roster=args.roster)
    try:
        what = asked(context, where, names, args.plane)
    except ManifestError as error:  # what is wrong with the description is a finding too
        say(context, Report(findings=error.findings), args.write)
        return ExitCode.FAILED
    notes = what.notes
    if args.all and FOUNDATION not in names and "cloud" in (args.plane or PARTS):
        notes += (Message("check.no-foundation"),)
    checks = _look(args, context, where, what)
    if args.repair and any(one.state == "differs" for one in checks):
        from wasl.cli.repair import repair

        repair(context, where, checks)
        checks = _look(args, context, where, what)
    return tell(context, checks, notes, args.write)


def _look(args: argparse.Namespace, context: Context, where: Place, what: Asked) -> list[Checked]:
    """All side by side; where the engine is asked for, it looks at the stacks first."""
    if args.latest:
        return [remembered(where, unit) for unit in what.todo]
    if args.engine == "live":
        return look(context, where, what.todo, args.width)
    stacks = [unit.country for unit in what.todo if unit.plane == "cloud"]
    rest = [unit for unit in what.todo if unit.plane != "cloud"]
    cloud = _by_engine(args, context, stacks) if stacks else []
    found = {
        (one.country, one.plane): one for one in (*cloud, *look(context, where, rest, args.width))
    }
    return [found[(unit.country, unit.plane)] for unit in what.todo]


def _by_engine(args: argparse.Namespace, context: Context, names: Sequence[str]) -> list[Checked]:
    from wasl.cli.fleet import ended, running
    from wasl.planes.cloud.work import Options
    from wasl.planes.latest import keep

    options = Options(break_lock=args.break_lock)
    with running(context, names, options, width=args.width) as fleet:
        results = fleet.each(fleet.worker.drift)
    if any(result.interrupted for result in results):
        ended(context, "drift", results)
    checks = [_checked(context, result) for result in results]
    keep(context.home, checks)
    return checks


def _checked(context: Context, result: Result[Heard]) -> Checked:
    from wasl.planes.cloud.about import about
    from wasl.planes.cloud.findings import drift, policy_findings, unreadable, until_failure

    where, heard = about(context.root, result.name), result.value
    found: list[Finding] = []
    if heard is not None:
        found = [*drift(heard, where), *policy_findings(heard.violations, heard, where)]
    elif result.error is not None:
        hint = result.error.hint
        unread = unreadable(result.error, result.heard, where)
        found = [replace(one, remedy=hint or one.remedy) for one in unread]
        found += until_failure(result.heard, where)
    return Checked("cloud", result.name, where.environment, tuple(found))


def _file(text: str) -> tuple[str, Path]:
    form, _, path = text.partition("=")
    if form not in FORMATS or not path:
        raise argparse.ArgumentTypeError(f"{text!r} is no FORMAT=FILE ({', '.join(FORMATS)})")
    return form, Path(path)
