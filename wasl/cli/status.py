"""Say what the board says, here and now: each country's planes, its numbers, its last checks.

As on the board, counts of people and devices from one to four are not shown. Starts nothing, asks
nothing of AWS but the state's bucket where PULUMI_BACKEND_URL names one.
"""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime

from wasl.cli.context import Context
from wasl.errors import ExitCode


def configure(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN: what is told here was looked at before; `wasl drift` is what looks."""
    from wasl.board.lines import as_json, lines
    from wasl.board.view import board
    from wasl.planes.facts import facts

    made = board(facts(context.root, context.home, os.environ), datetime.now(UTC))
    if context.format == "json":
        context.give(as_json(made))
    else:
        context.give("\n".join(lines(made, context.language)) + "\n")
    return ExitCode.CLEAN
