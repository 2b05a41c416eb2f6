"""Say who did what in a country, when, and by which manifest, from the journals of all planes and
the devices' records; and check that every journal's chain holds.

A line a unit of work or note, oldest first: time, who, plane, what, on what, how it ended, and the
first digits of the manifest's digest. Exit status 1 where a chain is broken: the place is named.
"""

from __future__ import annotations

import argparse
import os

from wasl.cli.context import Context
from wasl.errors import ExitCode, UsageError
from wasl.manifest.catalogue import load_country
from wasl.result import PLANES

LIMIT = 60


def configure(parser: argparse.ArgumentParser) -> None:
    """`CC [--plane P] [--limit N]`."""
    parser.add_argument("country", metavar="CC", help="the country's code")
    parser.add_argument("--plane", choices=PLANES, help="of one plane alone")
    parser.add_argument(
        "--limit",
        type=int,
        default=LIMIT,
        metavar="N",
        help=f"the newest N lines ({LIMIT}; 0: all)",
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN, or FAILED where a journal or record does not hold."""
    from wasl.planes.log import log

    if args.limit < 0:
        raise UsageError("--limit is a number of lines, or 0 for all", hint="wasl log --help")
    country = load_country(context.root, args.country).countries[args.country]
    told = log(context.home, country, os.environ, args.plane)
    if context.format == "json":
        context.give(told.as_json(args.limit))
    else:
        context.give("".join(f"{line}\n" for line in told.text(args.limit, context.language)))
    for problem in told.problems:
        context.console.error(problem)
    return ExitCode.FAILED if told.problems else ExitCode.CLEAN
