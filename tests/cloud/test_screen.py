"""What is seen while stacks are worked on: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import re
import time

import pytest

from wasl.cli.console import Console
from wasl.cli.screen import Screen
from wasl.planes.cloud.progress import Board


class Terminal(io.StringIO):
    """Stands for one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"}.items():
        monkeypatch.setenv(name, value)


def shown(err: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run of two countries: one half-way after eleven seconds, one failed after four."""
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    board = Board(["jo", "tn"])
    with Screen(board, Console(io.StringIO(), err)) as screen:
        board.phase("jo", "up", 9)
        board.phase("tn", "up", 5)
        screen.tick()
        for _ in range(3):
            board.step("jo")
        clock[0] = 104.0
        board.end("tn", "the bucket's name is taken", failed=True)
        clock[0] = 111.0
        screen.say("tn: [not] markup")
        screen.tick()
    return err.getvalue()


def test_a_live_table_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shown(Terminal(), monkeypatch)
    assert "\x1b[" in told
    rows = [line.split() for line in re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", told).splitlines()]
    assert ["jo", "up", "3/9", "11", "s"] in rows
    assert ["tn", "failed", "0/5", "4", "s", "the", "bucket's", "name", "is", "taken"] in rows
    assert "tn: [not] markup" in told


def test_plain_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    told = shown(io.StringIO(), monkeypatch)
    assert "\x1b" not in told
    assert told.splitlines() == [
        "jo           up              0/9     0 s",
        "tn           up              0/5     0 s",
        "tn: [not] markup",
        "tn           failed          0/5     4 s  the bucket's name is taken",
    ]
