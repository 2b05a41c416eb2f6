"""A picture of a terminal, from what the demo printed: one SVG, without fonts or scripts.

    make demo | tee demo.log
    .venv/bin/python -m wasl.demo.picture < demo.log > docs/images/demo.svg

It shows the break, the check that names it, and the last screen. Nothing is added; where lines are
left out there is an ellipsis.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from html import escape

SHOWN = (
    "behind everyone's back, one thing in each plane",
    "the check names them",
    "nine countries, each in an account of its own",
)
_TITLE = re.compile(r"^== +\d+ s +(.*)$")
# Progress, and what a check says beside its findings.
_LEFT_OUT = re.compile(r"^(note: |[a-z]{2} +\w+: (clean|differs)$)")
_WIDTH, _LINE, _LETTER, _MARGIN = 96, 19, 8.43, 16
_INK = {
    "== ": "#7ee0c0",
    "$ ": "#ffffff",
    "medium ": "#f2c14e",
    "high ": "#ff8a7a",
    "    → ": "#7ab8ff",
    "findings: ": "#f2c14e",
}
_PLAIN = "#c9d1d9"


def main() -> None:
    """From standard input to standard output."""
    lines = list(chosen(sys.stdin.read().splitlines()))
    while lines and not lines[-1]:
        lines.pop()
    sys.stdout.write(drawn(lines))


def chosen(lines: Iterable[str]) -> Iterator[str]:
    """The lines of the sections that are shown; what is left out becomes one ellipsis."""
    shown, last = False, ""
    for line in lines:
        title = _TITLE.match(line)
        if title:
            shown, last = title[1] in SHOWN, ""
        if not shown:
            continue
        for part in _folded("…" if _LEFT_OUT.match(line) else line):
            if part != last or part not in ("", "…"):
                yield part
            last = part


def drawn(lines: list[str]) -> str:
    """The SVG."""
    width, height = round(_WIDTH * _LETTER) + 2 * _MARGIN, (len(lines) + 1) * _LINE + 2 * _MARGIN
    texts = [
        f'<text xml:space="preserve" x="{_MARGIN}" y="{_MARGIN + number * _LINE}" '
        f'fill="{_ink(line)}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
        if line
    ]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="the end of make demo, in a terminal" font-size="14" style="white-space:pre" '
        'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace">'
    )
    return "\n".join(
        [
            head,
            f'<rect width="{width}" height="{height}" rx="8" fill="#161b22"/>',
            *texts,
            "</svg>\n",
        ]
    )


def _ink(line: str) -> str:
    return next((ink for start, ink in _INK.items() if line.startswith(start)), _PLAIN)


def _folded(line: str) -> Iterator[str]:
    indent = line[: len(line) - len(line.lstrip())]
    while len(line) > _WIDTH:
        cut = line.rfind(" ", len(indent) + 1, _WIDTH + 1)
        cut = cut if cut > 0 else _WIDTH
        yield line[:cut]
        line = f"{indent}  {line[cut:].lstrip()}"
    yield line


if __name__ == "__main__":
    main()
