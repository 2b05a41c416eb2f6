"""Every measurement, written to docs/BENCHMARKS.md with the command that repeats it.

`python -m bench [NAME…]` measures again what is named (`cloud`, `identity` …), or all; what else
stands on the page stays. The page is written after each measurement.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from infra.program import ROOT
from wasl.files import write_atomically

PAGE = ROOT / "docs" / "BENCHMARKS.md"
COMMANDS = (
    ("bench.cloud",),
    ("bench.cloud", "--delay", "0.08", "--rounds", "1"),
    ("bench.demo",),
    ("bench.live",),
    ("bench.identity",),
    ("bench.content",),
    ("bench.report",),
    ("bench.devices_configure",),
    ("bench.devices_disks",),
)
HEAD = """\
# Benchmarks

What `make bench` measured, each beside its baseline. Only ratios within one run mean anything.
"""


def main() -> None:
    """Measure one after the other; ends with status 1 where a measurement failed."""
    names = {f"bench.{name}" for name in sys.argv[1:]}
    if unknown := names - {command[0] for command in COMMANDS}:
        sys.exit(f"there is no {', '.join(sorted(unknown))}")
    sections = _kept()
    failed = False
    for command in COMMANDS:
        if names and command[0] not in names:
            continue
        title = f"`python -m {' '.join(command)}`"
        print(f"measuring {title}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            failed = True
            print(f"{title} ended with status {done.returncode}", file=sys.stderr, flush=True)
            continue
        sections[title] = f"{_when()}\n\n{done.stdout.strip()}\n"
        write_atomically(PAGE, "\n".join([HEAD, *_ordered(sections)]))
    sys.exit(failed)


def _when() -> str:
    cores = f"{platform.machine()}, {os.cpu_count()} cores"
    return f"{datetime.now(UTC):%Y-%m-%d}, {cores}."


def _kept() -> dict[str, str]:
    """The page's sections, by title."""
    text = PAGE.read_text("utf-8") if PAGE.exists() else ""
    parts = re.split(r"^## (`python -m .*`)\n\n", text, flags=re.MULTILINE)
    return {
        title: f"{told.strip()}\n" for title, told in zip(parts[1::2], parts[2::2], strict=True)
    }


def _ordered(sections: Mapping[str, str]) -> Iterator[str]:
    for command in COMMANDS:
        title = f"`python -m {' '.join(command)}`"
        if title in sections:
            yield f"## {title}\n\n{sections[title]}"


if __name__ == "__main__":
    main()
