"""Nine tenancies with `wasl up --all` beside plain `pulumi up`, stack after stack; and start-up.

`python -m bench.cloud [--delay SECONDS] [--rounds N]`. Both sides use the same sandbox, provider
and policies, warm; rounds take turns, so that only ratios within one run are compared. CPU-seconds
are those of the commands and all their children; the sandbox's own stand beside them. Results go
to standard output as Markdown.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.program import ROOT
from infra.sandbox import home as homes
from infra.sandbox import lifecycle
from wasl.manifest.catalogue import known_countries

WASL = (sys.executable, "-m", "wasl.cli.main")


@dataclass(frozen=True)
class Cost:
    """What one contender took."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:.1f} s | {self.cpu:.1f}"


class Sandbox:
    """A sandbox for the measurement, with what plain Pulumi needs to use it."""

    def __init__(self, folder: Path) -> None:
        self.home = homes.Home(folder)
        self.codes = known_countries(ROOT)
        self.base = {**os.environ, "WASL_HOME": str(folder)}

    def start(self) -> None:
        self.wasl("sandbox", "start")
        added = lifecycle.environment(self.home, ROOT)
        path = f"{added.pop('PATH')}:{os.environ['PATH']}"
        self.pulumi_environment = {**os.environ, **added, "PATH": path}

    def wasl(self, *arguments: str) -> Cost:
        return _timed([[*WASL, *arguments]], self.base)

    def pulumi(self, *arguments: str, codes: tuple[str, ...]) -> Cost:
        pulumi = shutil.which("pulumi", path=self.pulumi_environment["PATH"])
        assert pulumi is not None
        commands = [[pulumi, *arguments, "--stack", code] for code in codes]
        return _timed(commands, self.pulumi_environment)

    def stop(self) -> None:
        lifecycle.stop(self.home)


def _timed(commands: list[list[str]], environment: dict[str, str]) -> Cost:
    """Run the commands in turn."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    for command in commands:
        done = subprocess.run(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 2):
            raise SystemExit(f"{command}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu)


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0.0)
    arguments = parser.parse_args()
    if arguments.delay:
        os.environ["WASL_BENCH_DELAY"] = str(arguments.delay)
        lifecycle.PROVIDER = "bench.slow_provider"
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        sandbox = Sandbox(Path(folder))
        try:
            sandbox.start()
            print(_tenancies(sandbox, arguments.rounds, arguments.delay), flush=True)
            if not arguments.delay:
                print(_starts(sandbox), flush=True)
        finally:
            sandbox.stop()


def _tenancies(sandbox: Sandbox, rounds: int, delay: float) -> str:
    sandbox.wasl("up", sandbox.codes[0], "--yes")  # warm: everything imported once, caches filled
    sandbox.wasl("destroy", sandbox.codes[0], "--yes")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(sandbox.wasl("up", "--all", "--yes"))
        sandbox.wasl("destroy", "--all", "--yes")
        theirs.append(sandbox.pulumi("up", "--yes", "--skip-preview", codes=sandbox.codes))
        sandbox.wasl("destroy", "--all", "--yes")
    one, other = _median(ours), _median(theirs)
    return "\n".join(
        (
            f"### {len(sandbox.codes)} tenancies, {delay * 1000:.0f} ms more a call, {rounds}x",
            "",
            "| | wall | CPU-seconds |",
            "|---|---|---|",
            f"| `wasl up --all --yes` | {one} |",
            f"| `pulumi up --yes --skip-preview`, in turn | {other} |",
            f"| ratio | {other.wall / one.wall:.2f} times faster | {one.cpu / other.cpu:.2f} |",
            "",
        )
    )


def _starts(sandbox: Sandbox) -> str:
    code = sandbox.codes[0]
    sandbox.wasl("up", code, "--yes")
    rows = [
        ("`wasl --help`", _best(lambda: sandbox.wasl("--help"))),
        (f"`wasl plan {code}`", _best(lambda: sandbox.wasl("plan", code))),
        (f"`pulumi preview` of {code}", _best(lambda: sandbox.pulumi("preview", codes=(code,)))),
    ]
    lines = ["### Starting up, best of 3", "", "| | wall | CPU-seconds |", "|---|---|---|"]
    return "\n".join(
        [*lines, *(f"| {name} | {cost.wall:.2f} s | {cost.cpu:.2f} |" for name, cost in rows), ""]
    )


def _best(run: Callable[[], Cost]) -> Cost:
    return min((run() for _ in range(3)), key=lambda cost: cost.wall)


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
    )


if __name__ == "__main__":
    main()
