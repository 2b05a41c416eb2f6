"""Say where AWS, state and description differ. Changes nothing in AWS.

Compares each stack's state with what AWS lists; `--engine pulumi` lets the engine read each
resource and compare it with the program instead, which takes the program's secrets and more time.
Exit status 0 means no difference, 2 differences, 1 that something could not be read.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.fleet import chosen, configure_names, ended, running
from wasl.errors import ExitCode
from wasl.report import Report
from wasl.result import Finding, exit_code

if TYPE_CHECKING:
    from wasl.planes.cloud.events import Heard
    from wasl.planes.cloud.fleet import Result
    from wasl.planes.cloud.live import Checked

_WIDTH = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all] [--engine live|pulumi] [--break-lock]`."""
    configure_names(parser)
    parser.add_argument(
        "--engine",
        choices=("live", "pulumi"),
        default="live",
        help="who looks: wasl itself by listing (live), or the engine by reading each (pulumi)",
    )
    parser.add_argument(
        "--break-lock",
        action="store_true",
        help="with --engine pulumi: clear a lock whose owner may still be alive",
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, DIFFERENCES or FAILED."""
    names = chosen(args, context)
    if args.engine == "live":
        return _live(names, args.width or _WIDTH, context)
    return _engine(names, args, context)


def _live(names: Sequence[str], width: int, context: Context) -> ExitCode:
    from wasl.planes.cloud.live import check

    def one(name: str) -> Checked:
        return check(context.root, context.home, name, os.environ)

    with ThreadPoolExecutor(min(width, len(names))) as pool:
        checked = list(pool.map(one, names))
    findings = [finding for item in checked for finding in item.findings]
    context.report(Report(findings=tuple(findings), notes=tuple(map(_looked, checked))))
    return exit_code(findings)


def _looked(checked: Checked) -> str:
    """How much was looked at."""
    return (
        f"{checked.country}: {checked.compared} resources compared, {checked.secrets} secrets "
        f"not compared, {checked.calls} calls"
    )


def _engine(names: Sequence[str], args: argparse.Namespace, context: Context) -> ExitCode:
    from wasl.planes.cloud.work import Options

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
