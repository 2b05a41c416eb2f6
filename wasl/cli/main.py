"""`wasl`: finds the verb, runs it, and turns whatever happens into an exit status.

Only the verb's own module is imported, so that `wasl --help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from wasl.cli.arguments import Parser, common_options
from wasl.cli.console import Console
from wasl.cli.context import Context, find_home, find_root
from wasl.errors import ExitCode, UsageError, WaslError
from wasl.memory import collect_seldom


class Verb(NamedTuple):
    """A word of the command line, the module behind it, and what it does in one line."""

    name: str
    module: str
    help: str


VERBS = (
    Verb("sandbox", "wasl.cli.sandbox", "an AWS on this machine: start, stop, status, env, reset"),
    Verb("plan", "wasl.cli.plan", "say what `up` would do"),
    Verb("up", "wasl.cli.up", "bring countries' tenancies up"),
    Verb("drift", "wasl.cli.drift", "check every plane of countries against their description"),
    Verb("destroy", "wasl.cli.destroy", "remove countries' tenancies"),
    Verb("devices", "wasl.cli.devices", "prepare school computers and hold their records"),
    Verb("kit", "wasl.cli.kit", "make a country's keys, system image and kits; check kits"),
    Verb(
        "identity",
        "wasl.cli.identity",
        "bring a roster to the partner: plan, approve, apply, drift",
    ),
    Verb("content", "wasl.cli.content", "bring learning resources to devices and the partner"),
    Verb("board", "wasl.cli.board", "write the programme's board, one page in three languages"),
    Verb("status", "wasl.cli.status", "say what the board says, here and now"),
    Verb("log", "wasl.cli.log", "say who did what in a country, and check its journals' chains"),
    Verb("check", "wasl.cli.check", "check every country and partner file, offline"),
    Verb("schema", "wasl.cli.schema", "write the JSON Schemas that editors complete the files by"),
)

ABOUT = """\
wasl (وصل, "link") connects a country to shared digital learning: a cloud tenancy for the
partner's platform, school computers, and the identity and content that flow between them.

A country is described once, in countries/<cc>.yaml; its partner in partners/<name>.yaml.
Every verb says what it would do before it does it, and tells by its exit status how it ended.
"""
ENDING = """\
everywhere:
  --format text|json|sarif|junit|markdown   --output FILE   --language ar|fr|en   --yes
  --scheduler tls://HOST:PORT

exit status:
  0 as described   2 differs   1 failed or could not tell   64 wrong usage   130 interrupted

wasl VERB --help tells more. Local state lives in .wasl/, or where WASL_HOME says.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    console = Console()
    arguments = list(sys.argv[1:] if argv is None else argv)
    root = find_root(Path.cwd())
    home = find_home(root)
    try:
        return _run(arguments, root, home, console)
    except UsageError as error:
        console.error(error)
        return ExitCode.USAGE
    except WaslError as error:
        console.error(error)
        return ExitCode.FAILED
    except KeyboardInterrupt:
        console.interrupted()
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except Exception as error:
        from wasl.bug import bug

        console.error(bug(error, home))
        return ExitCode.FAILED


def _run(arguments: list[str], root: Path, home: Path, console: Console) -> int:
    collect_seldom()
    if not arguments:
        console.note(_help())
        return ExitCode.USAGE
    if arguments[0] in ("-h", "--help", "help"):
        console.result(_help())
        return ExitCode.CLEAN
    if arguments[0] == "--version":
        from importlib.metadata import version

        console.result(f"wasl {version('wasl')}\n")
        return ExitCode.CLEAN
    verb = _verb(arguments[0])
    module = import_module(verb.module)
    parser = Parser(
        prog=f"wasl {verb.name}",
        description=module.__doc__,
        parents=[common_options()],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.configure(parser)
    args = parser.parse_args(arguments[1:])
    if args.scheduler and not getattr(module, "SCALES", False):
        raise UsageError(f"wasl {verb.name} runs on this machine alone: leave --scheduler out")
    context = Context(
        root,
        home,
        console,
        args.format,
        args.output,
        args.language,
        args.yes,
        args.scheduler,
    )
    return int(module.run(args, context))


def _verb(name: str) -> Verb:
    for verb in VERBS:
        if verb.name == name:
            return verb
    from difflib import get_close_matches

    near = get_close_matches(name, [verb.name for verb in VERBS], n=1)
    if name.startswith("-"):
        raise UsageError(f"options follow the verb, and {name} stands before it")
    guess = f"; did you mean {near[0]}?" if near else ""
    raise UsageError(f"there is no verb {name!r}{guess}")


def _help() -> str:
    width = max(len(verb.name) for verb in VERBS)
    verbs = "\n".join(f"  {verb.name:{width}}  {verb.help}" for verb in VERBS)
    return f"usage: wasl VERB [options]\n\n{ABOUT}\nverbs:\n{verbs}\n\n{ENDING}"


if __name__ == "__main__":
    sys.exit(main())
