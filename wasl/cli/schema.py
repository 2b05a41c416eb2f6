"""Write the JSON Schemas that editors complete the files by.

Writes countries/schema.json, partners/schema.json and waivers.schema.json, which the first line of
each file names.
With --check nothing is written, and exit status 2 says that a schema is out of date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from wasl.cli.context import Context
from wasl.errors import ExitCode
from wasl.files import write_atomically
from wasl.manifest.schema import SCHEMAS, schema_text
from wasl.report import Report
from wasl.result import Action, Change


def configure(parser: argparse.ArgumentParser) -> None:
    """`--check`."""
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN when the schemas are (now) current, DIFFERENCES under --check when they are not."""
    texts = {file: schema_text(model) for file, model in SCHEMAS.items()}
    changes = tuple(_changes(context.root, texts))
    if not args.check:
        for change in changes:
            write_atomically(context.root / change.target, texts[change.target])
    context.report(Report(changes=changes))
    return ExitCode.DIFFERENCES if args.check and changes else ExitCode.CLEAN


def _changes(root: Path, texts: dict[str, str]) -> list[Change]:
    changes = []
    for file, text in texts.items():
        path = root / file
        if not path.exists():
            changes.append(Change("manifest", "", file, Action.CREATE, "it was not there"))
        elif path.read_bytes() != text.encode():
            changes.append(Change("manifest", "", file, Action.UPDATE, "the models moved on"))
    return changes
