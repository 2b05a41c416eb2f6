"""An AWS on this machine, for trying everything without an account or a network.

start     bring up the emulated AWS, the provider, the stacks and the foundation
stop      end them; what was made stays and is there after the next start
status    what runs, where, and with which provider
env       print the variables that point plain pulumi at it: eval "$(wasl sandbox env)"
reset     end them and forget everything
coverage  what of AWS is emulated, by whom, and what is not evaluated at all
"""

from __future__ import annotations

import argparse
import os
import shlex
from dataclasses import replace

from infra.sandbox import lifecycle
from infra.sandbox.home import Home
from wasl.cli.context import Context
from wasl.errors import ExitCode
from wasl.manifest.catalogue import known_countries
from wasl.result import Message

_PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 (a variable's name)


def configure(parser: argparse.ArgumentParser) -> None:
    """The action, and `--bare`."""
    parser.add_argument(
        "action", choices=sorted(_ACTIONS), help="what to do", metavar="|".join(_ACTIONS)
    )
    parser.add_argument(
        "--bare", action="store_true", help="start without bringing the foundation up"
    )


def run(args: argparse.Namespace, context: Context) -> ExitCode:
    """CLEAN; `status` says DIFFERENCES where the sandbox does not run."""
    return _ACTIONS[args.action](args, context)


def _start(args: argparse.Namespace, context: Context) -> ExitCode:
    home = Home(context.home)
    before = lifecycle.status(home).running
    lifecycle.start(home, context.console.note)
    if _stacks(args, context) is not ExitCode.CLEAN:
        return ExitCode.FAILED
    context.console.note("the sandbox was running already" if before else "the sandbox runs")
    context.console.note('  next:  wasl up jo, or eval "$(wasl sandbox env)" for plain pulumi')
    return ExitCode.CLEAN


def _stacks(args: argparse.Namespace, context: Context) -> ExitCode:
    """Stacks for all countries, and the foundation under them."""
    from infra.program import FOUNDATION, main
    from wasl.cli import up
    from wasl.planes.cloud.sandbox import foundation_lacks, make_stacks
    from wasl.planes.cloud.stacks import Stacks
    from wasl.planes.cloud.target import resolve
    from wasl.planes.cloud.work import Options

    countries = known_countries(context.root)
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    stacks = Stacks(resolve(context.root, context.home, environ), main)
    made = make_stacks(stacks, countries)
    if made:
        context.console.note(f"made the stacks {', '.join(made)}")
    if not args.bare and foundation_lacks(stacks, countries):
        quiet = replace(context, yes=True)
        return up.bring_up(quiet, [FOUNDATION], Options(), environ=environ)
    return ExitCode.CLEAN


def _stop(args: argparse.Namespace, context: Context) -> ExitCode:
    ran = lifecycle.stop(Home(context.home))
    context.console.note("the sandbox is stopped; its state is kept" if ran else "it did not run")
    return ExitCode.CLEAN


def _reset(args: argparse.Namespace, context: Context) -> ExitCode:
    home = Home(context.home)
    if not home.folder.exists():
        context.console.note("there is nothing to forget")
        return ExitCode.CLEAN
    if not context.confirm(Message("ask.forget", {"folder": str(home.folder)})):
        return ExitCode.FAILED
    lifecycle.reset(home)
    context.console.note("the sandbox is forgotten")
    return ExitCode.CLEAN


def _env(args: argparse.Namespace, context: Context) -> ExitCode:
    """Exports only; a passphrase of the user's own would be tried first, so it is put away."""
    lines = [f"unset {_PASSPHRASE}"] if _PASSPHRASE in os.environ else []
    for name, value in lifecycle.environment(Home(context.home), context.root).items():
        tail = ':"$PATH"' if name == "PATH" else ""
        lines.append(f"export {name}={shlex.quote(value)}{tail}")
    context.console.result("\n".join(lines) + "\n")
    return ExitCode.CLEAN


def _status(args: argparse.Namespace, context: Context) -> ExitCode:
    home = Home(context.home)
    now = lifecycle.status(home)
    context.console.result("\n".join(lifecycle.described(home, now)) + "\n")
    return ExitCode.CLEAN if now.running else ExitCode.DIFFERENCES


def _coverage(args: argparse.Namespace, context: Context) -> ExitCode:
    from infra.sandbox.coverage import coverage

    context.console.result(coverage(context.format))
    return ExitCode.CLEAN


_ACTIONS = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "env": _env,
    "reset": _reset,
    "coverage": _coverage,
}
