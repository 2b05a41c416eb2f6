"""Only engines of our own, whose coordinator is dead, are ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from wasl.errors import WaslError
from wasl.planes.cloud.orphans import MARK, end_orphans, mark
from wasl.planes.cloud.stacks import Stacks
from wasl.processes import Process, wait_until

pytestmark = pytest.mark.slow


@contextmanager
def _engine(value: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, MARK: value})
    # The mark shows once the new program runs in the process.
    assert wait_until(lambda: _has(process, value), 5)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _has(process: subprocess.Popen[bytes], value: str) -> bool:
    with open(f"/proc/{process.pid}/environ", "rb") as file:
        return value.encode() in file.read()


def _dead() -> str:
    process = subprocess.Popen(["true"])
    started = Process.of(process.pid).started
    process.wait()
    return f"{process.pid}:{started}"


def test_an_orphan_is_ended_and_strangers_are_not(stacks: Stacks) -> None:
    home, dead = stacks.target.home.resolve(), _dead()
    with (
        _engine(f"{dead}:sd:{home}") as orphan,
        _engine(f"{dead}:tn:{home}") as other_stack,
        _engine(f"{dead}:sd:{home}-other") as other_home,
    ):
        ended = end_orphans(stacks.target, "sd")
        assert [process.pid for process in ended] == [orphan.pid]
        assert orphan.wait(5) != 0
        assert other_stack.poll() is None
        assert other_home.poll() is None


def test_a_live_coordinator_keeps_its_stack(stacks: Stacks) -> None:
    parent = Process.of(os.getppid())
    home = stacks.target.home.resolve()
    with _engine(f"{parent.pid}:{parent.started}:sd:{home}") as engine:
        with pytest.raises(WaslError) as caught:
            end_orphans(stacks.target, "sd")
        assert caught.value.code == "WASL-STACK-BUSY"
        assert str(parent.pid) in caught.value.where
        assert engine.poll() is None


def test_ones_own_engines_are_no_orphans(stacks: Stacks) -> None:
    with _engine(mark(stacks.target, "sd")) as engine:
        assert end_orphans(stacks.target, "sd") == []
        assert engine.poll() is None
