"""What the cloud verbs share: which stacks, on which target, shown how, and how it ended."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wasl.cli.context import Context
from wasl.errors import ExitCode, UsageError
from wasl.manifest.catalogue import known_countries, load_country
from wasl.planes.check import FOUNDATION

if TYPE_CHECKING:
    from wasl.cli.screen import Screen
    from wasl.planes.cloud.fleet import Fleet, Result
    from wasl.planes.cloud.work import Options, Worker

T = TypeVar("T")


def configure_names(parser: argparse.ArgumentParser) -> None:
    """`[CC…|--all]`, and how many at once."""
    parser.add_argument(
        "names", nargs="*", metavar="CC", help=f"countries by code, or `{FOUNDATION}`"
    )
    parser.add_argument("--all", action="store_true", help="every country of countries/")
    parser.add_argument(
        "--width", type=_count, default=0, metavar="N", help="how many side by side (by cores)"
    )


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of stacks")
    return int(text)


def chosen(args: argparse.Namespace, context: Context) -> list[str]:
    """The stacks that the command line names. Raises for an unknown country, or for none."""
    known = known_countries(context.root)
    if args.all and not set(args.names) - {FOUNDATION}:
        return [*args.names, *known]
    if args.all or not args.names:
        raise UsageError("name the countries, or say --all", hint=f"known: {', '.join(known)}")
    for name in args.names:
        if name != FOUNDATION and name not in known:
            load_country(context.root, name)  # raises what is wrong with that name
    return list(dict.fromkeys(args.names))


@dataclass(frozen=True)
class Run:
    """A fleet, its worker, and the screen that shows them while they work."""

    names: Sequence[str]
    worker: Worker
    fleet: Fleet
    screen: Screen

    def each(self, work: Callable[[str], T], names: Sequence[str] | None = None) -> list[Result[T]]:
        """`work` of every stack (or of `names`) side by side, shown as it goes."""
        with self.screen:
            wanted = self.names if names is None else names
            return self.fleet.run(work, wanted, self.screen.tick)


@contextmanager
def running(
    context: Context,
    names: Sequence[str],
    options: Options,
    *,
    width: int = 0,
    environ: Mapping[str, str] = os.environ,
    described: bool = True,
) -> Iterator[Run]:
    """Everything that is needed to work on `names`.

    Where several stacks are `described` by the program side by side, its imports are paid first.
    """
    from infra.program import main
    from wasl.cli.screen import Screen
    from wasl.planes.cloud.fleet import Fleet, warm
    from wasl.planes.cloud.progress import Board
    from wasl.planes.cloud.stacks import Stacks
    from wasl.planes.cloud.target import resolve
    from wasl.planes.cloud.work import Worker

    stacks = Stacks(resolve(context.root, context.home, environ), main)
    board = Board(names)
    screen = Screen(board, context.console)
    with _terminable():
        if described and len(names) > 1:
            warm()
        worker = Worker(stacks, board, screen.say, options)
        yield Run(names, worker, Fleet(stacks, board, width), screen)


@contextmanager
def _terminable() -> Iterator[None]:
    """Being terminated, or losing the terminal, is dealt with as Ctrl-C is."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    kept = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def ended(context: Context, verb: str, results: Iterable[Result[T]]) -> ExitCode:
    """Say what failed and what was left; FAILED if anything did, else CLEAN."""
    from wasl.planes.cloud.failures import Unprotected

    cut, failed = [], []
    for result in results:
        if result.interrupted:
            cut.append(result)
        elif result.error:
            failed.append(result)
    for result in failed:
        assert result.error is not None
        context.console.error(result.error)
    for result in cut:
        if isinstance(result.error, Unprotected):
            context.console.error(result.error)
        begun = "begun, not finished" if result.error else "not begun"
        context.console.left(f"{verb} of {result.name}: {begun}")
    if cut:
        raise KeyboardInterrupt
    return ExitCode.FAILED if failed else ExitCode.CLEAN
