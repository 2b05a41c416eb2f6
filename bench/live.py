"""The live check of many tenancies beside both commands of the engine, stack after stack.

`python -m bench.live [--countries N] [--delay SECONDS]`. Nine real countries and as many generated
ones as make N stand in one sandbox, in a copy of the checkout. Each contender looks at all of them
twice: at the sandbox itself, then at a server that gives the same answers `--delay` later. Calls
are counted by that server, which stands in front of the sandbox throughout. Figures go to standard
output as Markdown; only their ratios mean anything.
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.program import ROOT
from infra.sandbox import home as homes
from infra.sandbox import lifecycle
from infra.sandbox.service import free_ports
from wasl.manifest.catalogue import known_countries
from wasl.processes import Process

WASL = (sys.executable, "-m", "wasl.cli.main")
_MODEL = "jo"
_NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Cost:
    """What one contender took: seconds, calls, CPU-seconds of the emulated AWS, MB at most."""

    wall: float
    calls: int
    unknown: int
    server: float
    memory: float


@dataclass(frozen=True)
class Field:
    """A checkout of its own with a sandbox, and a counting server in front of that."""

    root: Path
    home: homes.Home
    port: int
    behind: int
    codes: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *commands: tuple[str, ...]) -> Cost:
        """Run commands in turn."""
        self.told("count")
        busy, began, memory = self._busy(), time.perf_counter(), 0.0
        for command in commands:
            memory = max(memory, _run(command, self.root, self.environment))
        wall = time.perf_counter() - began
        calls, unknown = self.told("count")
        return Cost(wall, calls, unknown, self._busy() - busy, memory)

    def told(self, what: str) -> tuple[int, int]:
        """Ask the server in front, or tell it how to be."""
        with _NO_PROXY.open(f"http://127.0.0.1:{self.port}/-/{what}", timeout=10) as answer:
            count, unknown = answer.read().split()
        return int(count), int(unknown)

    def live(self) -> Cost:
        return self.run((*WASL, "drift", *self.codes, "--format", "json"))

    def pulumi(self, *arguments: str) -> Cost:
        engine = shutil.which("pulumi", path=self.environment["PATH"])
        assert engine is not None
        return self.run(*((engine, *arguments, "--stack", code) for code in self.codes))

    def resources(self) -> int:
        """How many the states hold."""
        total = 0
        for code in self.codes:
            document = json.loads(
                (self.home.state / f".pulumi/stacks/wasl/{code}.json").read_text()
            )
            items = document["checkpoint"]["latest"]["resources"]
            total += sum(item["type"].startswith("aws:") for item in items)
        return total

    def _busy(self) -> float:
        """CPU-seconds of the emulated AWS so far."""
        fields = Path(f"/proc/{self.behind}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _run(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> float:
    """Run a command to its end; the most memory it had, in MB."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            raise SystemExit(f"{command}: {said.read()[-3000:].decode(errors='replace')}")
    return used.ru_maxrss / 1024


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
    "wall",
    "times as long",
    "calls",
    "calls a resource",
    "the live check's share of them",
    "CPU-seconds of the emulated AWS",
    "MB at most",
)
CONTENDERS = {
    "`wasl drift`": lambda there: there.live(),
    "`pulumi refresh --preview-only`, in turn": lambda there: there.pulumi(
        "refresh", "--preview-only", "--non-interactive"
    ),
    "`pulumi preview --refresh`, in turn": lambda there: there.pulumi(
        "preview", "--refresh", "--non-interactive"
    ),
}


def _table(there: Field, delay: float | None) -> str:
    """Each contender once, and how many times longer than the live check the others took."""
    names = [name for name in CONTENDERS if delay is None or "preview --refresh" not in name]
    costs = {}
    for name in names:
        print(name, file=sys.stderr, flush=True)
        costs[name] = CONTENDERS[name](there)
    first = costs["`wasl drift`"]
    many = there.resources()
    where = "the sandbox" if delay is None else f"recorded answers, {delay * 1000:.0f} ms each"
    lines = [
        f"### {len(there.codes)} tenancies, {many} resources: {where}",
        "",
        f"| | {' | '.join(_COLUMNS)} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, cost in costs.items():
        share = first.calls / cost.calls
        lines.append(
            f"| {name} | {cost.wall:.1f} s | {cost.wall / first.wall:.1f} | {cost.calls} | "
            f"{cost.calls / many:.2f} | {share:.2f} | {cost.server:.1f} | {cost.memory:.0f} |"
        )
    unknown = sum(cost.unknown for cost in costs.values()) if delay is not None else 0
    if unknown:
        lines += ["", f"{unknown} calls had not been recorded and went to the sandbox."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--countries", type=int, default=22)
    parser.add_argument("--delay", type=float, default=0.08)
    arguments = parser.parse_args()
    with field(arguments.countries) as there:
        print(_table(there, None), flush=True)
        there.told(f"replay?{arguments.delay}")
        print(_table(there, arguments.delay), flush=True)


if __name__ == "__main__":
    main()
