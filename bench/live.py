"""The live check of many tenancies beside both commands of the engine, stack after stack.

`python -m bench.live [--countries N] [--sample N] [--delay SECONDS]`. Nine real countries and as
many generated ones as make N stand in one sandbox, in a copy of the checkout. The live check looks
at all of them; the engine, which takes minutes for that, at a sample. Each does so twice: at the
sandbox itself, then at a server that gives the same answers `--delay` later. Calls are counted by
that server, which stands in front of the sandbox throughout. Figures go to standard output as
Markdown; only their ratios mean anything.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.asked import line
from infra.program import ROOT
from infra.sandbox import home as homes
from infra.sandbox import lifecycle
from infra.sandbox.service import free_ports
from wasl.manifest.catalogue import known_countries
from wasl.processes import Process, cpu_seconds, memory

FASTER, FASTER_WHOLE, FASTER_FAR = 3, 10, 8
"""How many times: than the refresh, than the preview, than the refresh with the delay."""
CALLS, MEMORY = 0.5, 400
_LOOK = 0.2
WASL = (sys.executable, "-m", "wasl.cli.main")
_MODEL = "jo"
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Cost:
    """What one contender took for these stacks: seconds, calls, CPU-seconds, MB at most."""

    codes: tuple[str, ...]
    wall: float
    calls: int
    unknown: int
    """Calls that had no recorded answer, and went to the sandbox."""
    server: float
    """CPU-seconds of the emulated AWS."""
    memory: float
    """Of all its processes, what they share counted once."""

    @property
    def each(self) -> float:
        """Seconds a stack."""
        return self.wall / len(self.codes)


@dataclass(frozen=True)
class Field:
    """A checkout of its own with a sandbox, and a counting server in front of that."""

    root: Path
    home: homes.Home
    port: int
    behind: int
    codes: tuple[str, ...]
    environment: dict[str, str]

    def run(self, codes: tuple[str, ...], *commands: tuple[str, ...]) -> Cost:
        """Run the commands that look at `codes`, in turn."""
        self.told("count")
        busy, began, memory = self._busy(), time.perf_counter(), 0.0
        for command in commands:
            memory = max(memory, _run(command, self.root, self.environment))
        wall = time.perf_counter() - began
        calls, unknown = self.told("count")
        return Cost(codes, wall, calls, unknown, self._busy() - busy, memory)

    def told(self, what: str) -> tuple[int, int]:
        """Ask the server in front, or tell it how to be."""
        with _NO_PROXY.open(f"http://127.0.0.1:{self.port}/-/{what}", timeout=10) as answer:
            count, unknown = answer.read().split()
        return int(count), int(unknown)

    def live(self, codes: tuple[str, ...], *arguments: str) -> Cost:
        """The live check of `codes`, some side by side where the arguments say nothing of it."""
        words = ("--plane", "cloud", "--format", "json")
        return self.run(codes, (*WASL, "drift", *codes, *words, *arguments))

    def pulumi(self, codes: tuple[str, ...], *arguments: str) -> Cost:
        """A command of the engine for each of `codes`, as one gives it by hand."""
        engine = shutil.which("pulumi", path=self.environment["PATH"])
        assert engine is not None
        words = (*arguments, "--non-interactive", "--stack")
        return self.run(codes, *((engine, *words, code) for code in codes))

    def resources(self, codes: tuple[str, ...]) -> int:
        """How many the states of `codes` hold."""
        total = 0
        for code in codes:
            document = json.loads(
                (self.home.state / f".pulumi/stacks/wasl/{code}.json").read_text()
            )
            items = document["checkpoint"]["latest"]["resources"]
            total += sum(item["type"].startswith("aws:") for item in items)
        return total

    def calls_each(self, cost: Cost) -> float:
        """Calls a resource, of the stacks that were looked at."""
        return cost.calls / self.resources(cost.codes)

    def _busy(self) -> float:
        """CPU-seconds of the emulated AWS so far."""
        return cpu_seconds(self.behind)


def _run(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> float:
    """Run a command to its end; the most memory it had with all its processes, in MB."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        with ThreadPoolExecutor(1) as aside:
            seen = aside.submit(_most_memory, child.pid)
            child.wait()
        if child.returncode != 0:
            said.seek(0)
            raise SystemExit(f"{command}: {said.read()[-3000:].decode(errors='replace')}")
    return seen.result() / 2**20


def _most_memory(pid: int) -> int:
    """The most that a process and those it began have had, looked at five times a second."""
    process, most = Process.of(pid), 0
    while process.alive:
        most = max(most, memory(pid))
        time.sleep(_LOOK)
    return most


def _generated(root: Path, count: int) -> tuple[str, ...]:
    """The checkout's countries, and made-up ones of a real one's kind, `count` in all."""
    text = (root / f"countries/{_MODEL}.yaml").read_text("utf-8")
    for number in range(count - len(known_countries(root))):
        code = f"x{chr(ord('a') + number)}"
        changes = {
            r"^code: \w+$": f"code: {code}",
            r"^iso3: \w+$": f"iso3: X{code.upper()}",
            r"10\.8\.0\.0/16": f"10.{100 + number}.0.0/16",
            rf"([.@]){_MODEL}\.example": rf"\g<1>{code}.example",
        }
        made = text
        for old, new in changes.items():
            made = re.sub(old, new, made, flags=re.M)
        (root / f"countries/{code}.yaml").write_text(made, "utf-8")
    return known_countries(root)[:count]


def _checkout(folder: Path) -> Path:
    """What git tracks here, in a folder where countries can be added."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    root = folder / "checkout"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / ".venv").symlink_to(ROOT / ".venv")
    return root


@contextmanager
def field(count: int) -> Iterator[Field]:
    """`count` tenancies that are up, with the counting server in front of their sandbox."""
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        root, home = _checkout(Path(folder)), homes.Home(Path(folder) / "home")
        codes = _generated(root, count)
        for code in set(known_countries(root)) - set(codes):
            (root / f"countries/{code}.yaml").unlink()
        environment = {
            **os.environ,
            "WASL_HOME": str(home.wasl),
            "PYTHONPATH": str(root),
        }
        try:
            for words in (("sandbox", "start"), ("up", "--all", "--yes")):
                print(f"wasl {' '.join(words)}", file=sys.stderr, flush=True)
                _run((*WASL, *words), root, environment)
            with _in_front(home, environment, root) as (port, behind):
                added = lifecycle.environment(home, root)
                path = f"{added.pop('PATH')}:{environment['PATH']}"
                everything = {**environment, **added, "PATH": path}
                yield Field(root, home, port, behind, codes, everything)
        finally:
            lifecycle.stop(home)


@contextmanager
def _in_front(
    home: homes.Home, environment: dict[str, str], root: Path
) -> Iterator[tuple[int, int]]:
    """Move the emulated AWS to another port, and put the counting server in its place."""
    record = homes.load(home)
    assert record is not None
    assert record.server is not None
    record.server.end()
    (behind,) = free_ports(1)
    commands = (
        ("infra.sandbox.server", "--home", str(home.folder), "--port", str(behind)),
        ("bench.replay", "--port", str(record.server_port), "--behind", str(behind)),
    )
    children = []
    clean = {key: text for key, text in environment.items() if not key.startswith("PULUMI_")}
    try:
        for command in commands:
            child = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=root,
                env={**clean, "PYTHONHASHSEED": "0"},
                stdout=subprocess.PIPE,
                text=True,
            )
            children.append(child)
            assert child.stdout is not None
            if not child.stdout.readline().startswith("ready"):
                raise SystemExit(f"{command[0]} did not start")
        replace(record, server=Process.of(children[1].pid)).save(home)
        yield record.server_port, children[0].pid
    finally:
        for child in reversed(children):
            child.terminate()
            child.wait(20)


_COLUMNS = (
    "stacks",
    "seconds a stack",
    "times the first",
    "times the second",
    "calls",
    "calls a resource",
    "the live check's share of them",
    "emulated AWS's share of the time",
    "MB at most",
)
LIVE = "`wasl drift --plane cloud`"
IN_TURN = "the same with `--width 1`, stack after stack"
REFRESH = "`pulumi refresh --preview-only`, stack after stack"
PREVIEW = "`pulumi preview --refresh`, stack after stack"


def _costs(there: Field, sample: tuple[str, ...], delay: float | None) -> dict[str, Cost]:
    """Each contender once; of all stacks, or of a sample where it takes minutes for all."""
    looks: dict[str, Callable[[], Cost]] = {
        LIVE: lambda: there.live(there.codes),
        IN_TURN: lambda: there.live(there.codes, "--width", "1"),
        REFRESH: lambda: there.pulumi(sample, "refresh", "--preview-only"),
        PREVIEW: lambda: there.pulumi(sample, "preview", "--refresh"),
    }
    if delay is not None:
        del looks[PREVIEW]
    costs = {}
    for name, look in looks.items():
        print(name, file=sys.stderr, flush=True)
        costs[name] = look()
    return costs


def _table(there: Field, costs: dict[str, Cost], delay: float | None) -> str:
    """Each contender, and how many times longer than the live check the others took a stack."""
    many, live = there.resources(there.codes), (costs[LIVE], costs[IN_TURN])
    where = "the sandbox" if delay is None else f"recorded answers, {delay * 1000:.0f} ms each"
    lines = [
        f"### {len(there.codes)} tenancies, {many} resources: {where}",
        "",
        f"| | {' | '.join(_COLUMNS)} |",
        "|---" * (len(_COLUMNS) + 1) + "|",
        *(_row(there, name, cost, live) for name, cost in costs.items()),
    ]
    sampled = costs[REFRESH].codes
    if sampled != there.codes:
        lines += ["", f"The engine looked at {', '.join(sampled)} alone."]
    unknown = sum(cost.unknown for cost in costs.values()) if delay is not None else 0
    if unknown:
        lines += ["", f"{unknown} calls had not been recorded and went to the sandbox."]
    return "\n".join([*lines, "", *_judged(there, costs, delay), ""])


def _judged(there: Field, costs: dict[str, Cost], delay: float | None) -> Iterator[str]:
    """What was asked of the live check, and whether this run reached it."""
    live, refresh = costs[LIVE], costs[REFRESH]
    faster, least = refresh.each / live.each, FASTER if delay is None else FASTER_FAR
    yield line("than the refresh, times faster", faster, f"at least {least}", met=faster >= least)
    if delay is None:
        faster = costs[PREVIEW].each / live.each
        asked = f"at least {FASTER_WHOLE}"
        yield line("than the preview, times faster", faster, asked, met=faster >= FASTER_WHOLE)
        share = there.calls_each(live) / there.calls_each(refresh)
        yield line("of the refresh's calls", share, f"at most {CALLS}", met=share <= CALLS)
    yield line("MB", live.memory, f"under {MEMORY}", met=live.memory < MEMORY)


def _row(there: Field, name: str, cost: Cost, live: tuple[Cost, Cost]) -> str:
    first, second = live
    calls = there.calls_each(cost)
    cells = (
        len(cost.codes),
        f"{cost.each:.2f}",
        f"{cost.each / first.each:.1f}",
        f"{cost.each / second.each:.1f}",
        cost.calls,
        f"{calls:.2f}",
        f"{there.calls_each(first) / calls:.2f}",
        f"{cost.server / cost.wall:.0%}",
        f"{cost.memory:.0f}",
    )
    return f"| {name} | {' | '.join(map(str, cells))} |"


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--countries", type=int, default=22)
    parser.add_argument("--sample", type=int, default=4, help="stacks that the engine looks at")
    parser.add_argument("--delay", type=float, default=0.08)
    arguments = parser.parse_args()
    with field(arguments.countries) as there:
        sample = there.codes[:: max(1, len(there.codes) // arguments.sample)][: arguments.sample]
        print(_table(there, _costs(there, sample, None), None), flush=True)
        there.told(f"replay?{arguments.delay}")
        print(_table(there, _costs(there, sample, arguments.delay), arguments.delay), flush=True)


if __name__ == "__main__":
    main()
