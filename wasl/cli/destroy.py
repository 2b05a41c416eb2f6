"""Remove tenancies from AWS. Each country's code must be typed, unless --yes is given.

A `production` country is protected: --unprotect CC lifts its protection first, and the journal
says who did. What stays is the last snapshot of its database; the key that it needs is deleted 30
days later, so copy it under another key until then.

Exit status 0 means that nothing is left, 1 that something failed.
"""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from wasl.cli.context import Context
from wasl.cli.fleet import chosen, configure_names, ended, running
from wasl.errors import ExitCode, UsageError
from wasl.planes.check import FOUNDATION
from wasl.result import Message

if TYPE_CHECKING:
    from wasl.planes.cloud.events import Heard
    from wasl.planes.cloud.work import Worker


def configure(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all] [--unprotect CC]… [--refresh] [--break-lock]`."""
    configure_names(parser)
    parser.add_argument(
        "--unprotect",
        action="append",
        default=[],
        metavar="CC",
        help="destroy this country, after lifting the protection of its data",
    )
    parser.add_argument("--refresh", action="store_true", help="read AWS first")
    parser.add_argument(
        "--break-lock", action="store_true", help="clear a lock whose owner may still be alive"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN or FAILED."""
    from wasl.planes.cloud.work import Options

    if not args.all:
        args.names = args.names or args.unprotect  # who is named there is named
    names = chosen(args, context)
    strays = set(args.unprotect) - set(names)
    if strays:
        raise UsageError(f"--unprotect {', '.join(sorted(strays))}: not among what is destroyed")
    for name in names:
        if not context.typed(Message("ask.destroy", {"stack": name}), name):
            return ExitCode.FAILED
    options = Options(refresh=args.refresh, break_lock=args.break_lock)
    countries = [name for name in names if name != FOUNDATION]
    foundation = [name for name in names if name == FOUNDATION]
    for stage in filter(None, (countries, foundation)):  # countries stand on the foundation
        described = bool(args.unprotect)
        with running(context, stage, options, width=args.width, described=described) as fleet:
            results = fleet.each(partial(_destroy, fleet.worker, frozenset(args.unprotect)))
        status = ended(context, "destroy", results)
        if status is not ExitCode.CLEAN:
            return status
    return ExitCode.CLEAN


def _destroy(worker: Worker, unprotected: frozenset[str], name: str) -> Heard:
    return worker.destroy(name, unprotect=name in unprotected)
