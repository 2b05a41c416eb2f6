"""Every measurement, written to docs/BENCHMARKS.md with the command that repeats it."""

from __future__ import annotations

import platform
import subprocess
import sys
from datetime import UTC, datetime

from infra.program import ROOT
from wasl.files import write_atomically

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


def main() -> None:
    """Run all, one after the other, and write the page."""
    parts = [
        "# Benchmarks",
        "",
        f"Measured {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, by `make bench`.",
        "Only ratios within one run mean anything.",
        "",
    ]
    for command in COMMANDS:
        print(f"measuring {' '.join(command)}", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        parts += [f"## `python -m {' '.join(command)}`", "", done.stdout]
    write_atomically(ROOT / "docs" / "BENCHMARKS.md", "\n".join(parts))


if __name__ == "__main__":
    main()
