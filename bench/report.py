"""Rendering a large estate's findings, each format in a process of its own.

`python -m bench.report [--findings N] [--rounds N]`. The findings are made before the clock starts;
the baseline is the standard library's `json.dumps` of the same records. Results go to standard
output as Markdown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from importlib import import_module
from typing import Any

from bench.asked import peak
from tests.report.samples import many
from wasl.report import RENDERERS, Report, render

BASELINE = "json.dumps"


def main() -> None:
    """Run everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_measured(arguments.one, arguments.findings)))
        return
    names = [BASELINE, *RENDERERS]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(arguments.rounds):
        for name in names:
            found[name].append(_run(name, arguments.findings))
    print(_table(found, arguments.findings))


def _run(name: str, findings: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.report", "--one", name, "--findings", str(findings)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _measured(name: str, findings: int) -> dict[str, Any]:
    report = Report(tuple(many(findings)))
    if name == BASELINE:
        records = [finding.as_json() for finding in report.findings]
        began = time.perf_counter()
        text = json.dumps(records, ensure_ascii=False)
    else:
        import_module(RENDERERS[name])
        began = time.perf_counter()
        text = render(report, name)
    seconds = time.perf_counter() - began
    memory = peak()
    return {"seconds": seconds, "megabytes": memory, "bytes": len(text.encode())}


def _table(found: dict[str, list[dict[str, Any]]], findings: int) -> str:
    base = statistics.median(one["seconds"] for one in found[BASELINE])
    lines = [
        f"### {findings:,} findings rendered\n",
        "| format | seconds | to baseline | MB of text | MB of memory |",
        "|---|---|---|---|---|",
    ]
    for name, results in found.items():
        seconds = statistics.median(one["seconds"] for one in results)
        memory = max(one["megabytes"] for one in results)
        text = results[0]["bytes"] / 1e6
        lines.append(
            f"| {name} | {seconds:.2f} | {seconds / base:.1f} | {text:.1f} | {memory:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
