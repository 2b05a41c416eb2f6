"""Nine tenancies with `wasl up --all` beside plain `pulumi up`, stack after stack; and start-up.

`python -m bench.cloud [--delay SECONDS] [--rounds N] [--countries CC,CC]`. Both sides use the same
sandbox, provider and policies, warm; rounds take turns, so that only ratios within one run are
compared. CPU-seconds are those of the commands and all their children; those of the sandbox's two
processes, which serve both sides alike, stand beside them. Results go to standard output as
Markdown.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.slow_provider import DELAY
from infra.program import ROOT
from infra.sandbox import home as homes
from infra.sandbox import lifecycle
from wasl.manifest.catalogue import known_countries
from wasl.processes import PROC, cpu_seconds

WASL = (sys.executable, "-m", "wasl.cli.main")
SLOW = "bench.slow_provider"
FASTER, LEANER = 1.2, 0.85
"""The targets: plain Pulumi's time to ours, our CPU-seconds to plain Pulumi's."""
HELP, SECOND = 0.3, 1.0
"""The seconds within which a verb that asks nobody has answered."""


@dataclass(frozen=True)
class Cost:
    """What one contender took: seconds, its own CPU-seconds, the sandbox's meanwhile."""

    wall: float
    cpu: float
    sandbox: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s | {self.cpu:.2f} | {self.sandbox:.2f}"


_HEAD = ("", "| | wall | CPU-seconds | the sandbox's CPU-seconds |", "|---|---|---|---|")


class Sandbox:
    """A sandbox for the measurement, with what plain Pulumi needs to use it."""

    def __init__(self, folder: Path, codes: tuple[str, ...], delay: float = 0.0) -> None:
        self.home = homes.Home(folder)
        self.codes = codes
        self.delay = delay
        self.base = {**os.environ, "WASL_HOME": str(folder)}

    def start(self) -> None:
        """Bring it up, each call to AWS `delay` seconds longer than it would take.

        The provider is started from here, since `wasl sandbox start` knows the stock one only; the
        verb then finds both processes running, and makes the stacks and the foundation.
        """
        with _provider_of(self.delay):
            record = lifecycle.start(self.home, lambda text: print(text, file=sys.stderr))
        if record.server is None or record.provider is None:
            raise SystemExit("this measures wasl's stand-in provider; the real plugin is there")
        self._processes = (record.server, record.provider)
        if self.delay and SLOW not in (PROC / str(record.provider.pid) / "cmdline").read_text():
            raise SystemExit(
                "the provider adds no delay: what would be measured is not what is said"
            )
        self.wasl("sandbox", "start")
        added = lifecycle.environment(self.home, ROOT)
        path = f"{added.pop('PATH')}:{os.environ['PATH']}"
        self.pulumi_environment = {**os.environ, **added, "PATH": path}

    def wasl(self, *arguments: str) -> Cost:
        return self._timed([[*WASL, *arguments]], self.base)

    def pulumi(self, *arguments: str, codes: tuple[str, ...]) -> Cost:
        pulumi = shutil.which("pulumi", path=self.pulumi_environment["PATH"])
        assert pulumi is not None
        commands = [[pulumi, *arguments, "--stack", code] for code in codes]
        return self._timed(commands, self.pulumi_environment)

    def stop(self) -> None:
        lifecycle.stop(self.home)

    def _timed(self, commands: list[list[str]], environment: dict[str, str]) -> Cost:
        busy = self._busy()
        wall, cpu = _timed(commands, environment)
        return Cost(wall, cpu, self._busy() - busy)

    def _busy(self) -> float:
        """CPU-seconds of the emulated AWS and the provider so far."""
        return sum(cpu_seconds(process.pid) for process in self._processes)


@contextmanager
def _provider_of(delay: float) -> Iterator[None]:
    """Let the sandbox start with the provider that waits before each call, where one is meant."""
    stock = lifecycle.PROVIDER
    if delay:
        os.environ[DELAY] = str(delay)
        lifecycle.PROVIDER = SLOW
    try:
        yield
    finally:
        lifecycle.PROVIDER = stock
        os.environ.pop(DELAY, None)


def _timed(commands: list[list[str]], environment: dict[str, str]) -> tuple[float, float]:
    """Run the commands in turn; seconds and CPU-seconds."""
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
    return wall, cpu


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--countries", default=",".join(known_countries(ROOT)))
    arguments = parser.parse_args()
    codes = tuple(arguments.countries.split(","))
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        sandbox = Sandbox(Path(folder), codes, arguments.delay)
        try:
            sandbox.start()
            print(_tenancies(sandbox, arguments.rounds), flush=True)
            if not arguments.delay:
                print(_starts(sandbox), flush=True)
        finally:
            sandbox.stop()


def _tenancies(sandbox: Sandbox, rounds: int) -> str:
    codes = sandbox.codes
    # Warm: everything imported once, caches filled.
    sandbox.wasl("up", codes[0], "--yes")
    sandbox.wasl("destroy", codes[0], "--yes")
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(sandbox.wasl("up", *codes, "--yes"))
        sandbox.wasl("destroy", *codes, "--yes")
        theirs.append(sandbox.pulumi("up", "--yes", "--skip-preview", codes=codes))
        sandbox.wasl("destroy", *codes, "--yes")
    one, other = _median(ours), _median(theirs)
    faster, leaner = other.wall / one.wall, one.cpu / other.cpu
    return "\n".join(
        (
            f"### {len(codes)} tenancies, {sandbox.delay * 1000:.0f} ms more a call, {rounds}x",
            *_HEAD,
            f"| `wasl up --yes`, side by side | {one} |",
            f"| `pulumi up --yes --skip-preview`, in turn | {other} |",
            "",
            _asked("plain Pulumi's time / wasl's", faster, f"at least {FASTER}", faster >= FASTER),
            _asked("wasl's CPU / plain Pulumi's", leaner, f"at most {LEANER}", leaner <= LEANER),
            "",
        )
    )


def _starts(sandbox: Sandbox) -> str:
    code = sandbox.codes[0]
    sandbox.wasl("up", code, "--yes")
    helped, checked, told = (
        _best(partial(sandbox.wasl, verb)) for verb in ("--help", "check", "status")
    )
    rows = [
        ("`wasl --help`", helped),
        ("`wasl check`, all manifests", checked),
        ("`wasl status`", told),
        (f"`wasl plan {code}`", _best(lambda: sandbox.wasl("plan", code))),
        (f"`pulumi preview` of {code}", _best(lambda: sandbox.pulumi("preview", codes=(code,)))),
    ]
    return "\n".join(
        (
            "### Starting up, best of 3",
            *_HEAD,
            *(f"| {name} | {cost} |" for name, cost in rows),
            "",
            _asked("seconds of `wasl --help`", helped.wall, f"under {HELP}", helped.wall < HELP),
            _asked(
                "seconds of `wasl check`", checked.wall, f"under {SECOND}", checked.wall < SECOND
            ),
            _asked("seconds of `wasl status`", told.wall, f"under {SECOND}", told.wall < SECOND),
            "",
        )
    )


def _asked(what: str, value: float, target: str, met: bool) -> str:
    return f"- {what}: {value:.2f} (asked: {target}): {'met' if met else '**missed**'}"


def _best(run: Callable[[], Cost]) -> Cost:
    return min((run() for _ in range(3)), key=lambda cost: cost.wall)


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.sandbox for cost in costs),
    )


if __name__ == "__main__":
    main()
