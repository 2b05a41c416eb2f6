"""A run's screen: stacks and devices alike, live or line by line."""

from __future__ import annotations

from io import StringIO

import pytest

from wasl.cli.console import Console
from wasl.cli.screen import Screen
from wasl.planes.cloud.progress import Board as Stacks
from wasl.planes.devices.board import Board as Devices


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def stacks(screen: Screen, board: Stacks) -> None:
    board.phase("jo", "up", 2)
    board.step("jo")
    screen.tick()
    board.end("jo", "9 created")


def devices(screen: Screen, board: Devices) -> None:
    board.begin("pc-1", "wipe")
    screen.tick()
    board.end("pc-1", "wipe", "done", "erased")


def shown(err: StringIO) -> list[list[str]]:
    return [line.split() for line in err.getvalue().splitlines()]


def test_without_a_terminal_a_line_for_each_begin_and_end() -> None:
    err = StringIO()
    board = Stacks(["jo", "ye"])
    with Screen(board, Console(StringIO(), err)) as screen:
        screen.say("the lock was left by a dead process")
        stacks(screen, board)
    assert [line[:2] for line in shown(err)] == [["the", "lock"], ["jo", "up"], ["jo", "done"]]
    assert err.getvalue().endswith("9 created\n")
    err = StringIO()
    other = Devices(["pc-1"])
    with Screen(other, Console(StringIO(), err)) as screen:
        devices(screen, other)
    assert shown(err) == [["pc-1", "wipe", "begun"], ["pc-1", "wipe", "done", "erased"]]


def test_a_terminal_shows_everyone_and_what_a_device_says_moves_no_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    err = Terminal()
    board = Devices(["pc-1", "pc-2"])
    with Screen(board, Console(StringIO(), err)) as screen:
        board.end("pc-1", "wipe", "failed", "bad\x1b[2Jluck")
        screen.tick()
    said = err.getvalue()
    assert "pc-2" in said
    assert "\x1b[2J" not in said
    assert "bad\\x1b[2Jluck" in said
