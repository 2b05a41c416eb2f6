"""`make demo`, start to end, with the seconds at which each of its steps began.

`python -m bench.demo`. Results go to standard output as Markdown.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

from infra.program import ROOT

TARGET = 240
"""Seconds."""


def main() -> None:
    """Measure, print the table."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "wasl.demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    steps = re.findall(r"^== +(\d+) s  (.+)$", done.stdout, re.M)
    rows = (f"| {second} s | {title} |" for second, title in steps)
    verdict = "met" if seconds < TARGET else "**missed**"
    asked = f"- seconds of `make demo`: {seconds:.0f} (asked: under {TARGET}): {verdict}"
    print("\n".join(("| begun at | step |", "|---|---|", *rows, "", asked, "")))


if __name__ == "__main__":
    main()
