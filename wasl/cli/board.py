"""Write the programme's board: one HTML page in Arabic, French and English, each number with its
evidence, that needs no server and asks for nothing.

It tells what lies under WASL_HOME and beside the stacks' state (PULUMI_BACKEND_URL): journals,
device records, the last drift checks. Run wasl drift first to have those of today.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path

from wasl.cli.context import Context
from wasl.errors import ExitCode


def configure(parser: argparse.ArgumentParser) -> None:
    """`-o` as `--output`, of which it is the short form: what this verb reports is the page."""
    parser.add_argument(
        "-o", dest="output", type=Path, metavar="FILE", help="the page (WASL_HOME/board.html)"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN; says where the page is."""
    from wasl.board.page import page
    from wasl.board.view import board
    from wasl.files import write_atomically
    from wasl.messages import say
    from wasl.planes.facts import facts
    from wasl.result import Message

    path = context.output or context.home / "board.html"
    made = board(facts(context.root, context.home, os.environ), datetime.now(UTC))
    if context.output is None:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, page(made))
    said = Message("board.written", {"path": str(path)})
    context.console.result(f"{say(said, context.language)}\n")
    return ExitCode.CLEAN
