"""The argument parser of the house: common options once, usage errors as errors."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from wasl.errors import UsageError

# Spelt out here, and held equal to the real ones by a test, so that --help imports neither.
FORMATS = ("text", "json", "sarif", "junit", "markdown")
LANGUAGES = ("ar", "fr", "en")


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` instead of leaving with argparse's own status."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"{self.prog} --help")


def common_options() -> Parser:
    """The options that every verb has, for `parents=[…]`."""
    parser = Parser(add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("everywhere")
    group.add_argument("--format", choices=FORMATS, default="text", help="how to report (text)")
    group.add_argument("--output", type=Path, metavar="FILE", help="put the report into a file")
    group.add_argument("--language", choices=LANGUAGES, default="en", help="of the report (en)")
    group.add_argument("--yes", action="store_true", help="answer every question with yes")
    group.add_argument(
        "--scheduler",
        default="",
        metavar="tls://HOST:PORT",
        help="what only reads runs on this Dask cluster rather than here",
    )
    return parser
