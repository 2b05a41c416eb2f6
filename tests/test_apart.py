"""Processes a core: they do as threads would, and their end is told, theirs and their parent's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from wasl.apart import Apart, cores
from wasl.errors import WaslError
from wasl.processes import Process, memory, wait_until

PARENT = """
import os, time
from wasl.apart import Apart
with Apart(2, 1) as apart:
    print(*(process.pid for process in apart._processes), flush=True)
    apart.run(time.sleep, 60)
"""


class _Garbled:
    """What can be sent and not read."""

    def __reduce__(self) -> tuple[type[int], tuple[str]]:
        return int, ("x",)


def _ended(by: signal.Signals) -> None:
    os.kill(os.getpid(), by)
    time.sleep(20)


def _unspeakable() -> object:
    return threading.Lock()


def test_what_is_done_there_comes_back() -> None:
    with Apart(2, 2) as apart:
        assert apart.lines == 4
        assert apart.run(divmod, 7, 2) == (3, 1)
        assert apart.run(int, "11", base=2) == 3
        assert apart.run(os.getpid) != os.getpid()
        with pytest.raises(ZeroDivisionError):
            apart.run(divmod, 1, 0)
        with pytest.raises(ValueError, match="invalid literal"):
            apart.run(_Garbled)
        assert apart.run(os.getppid) == os.getpid()  # it goes on


def test_side_by_side_in_each() -> None:
    """Both processes sleep in both their lines: one after the other would take four times that."""
    began = time.monotonic()
    with Apart(2, 2) as apart, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: apart.run(time.sleep, 1), range(4)))
    assert time.monotonic() - began < 3


def test_who_dies_takes_no_other_with_it() -> None:
    with Apart(2, 1) as apart:
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(apart.run, time.sleep, 1)
            with pytest.raises(WaslError, match="ended by SIGKILL") as raised:
                apart.run(_ended, signal.SIGKILL)
            assert raised.value.code == "WASL-APART-DIED"
            other.result()
        assert len({apart.run(os.getpid) for _ in range(4)}) == 1
        with pytest.raises(WaslError, match="ended by SIGTERM"):
            apart.run(_ended, signal.SIGTERM)
        for _ in range(2):
            with pytest.raises(WaslError, match="no process is left"):
                apart.run(os.getpid)


def test_what_cannot_be_told_is_no_silence() -> None:
    with Apart(1, 1) as apart, pytest.raises(WaslError, match="ended by itself, with status 1"):
        apart.run(_unspeakable)


def test_ending_them_wakes_who_waits() -> None:
    waiting: Future[None]
    with Apart(1, 1) as apart, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(apart.run, time.sleep, 60)
        time.sleep(0.2)
        apart.end()
        assert isinstance(waiting.exception(20), WaslError)


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_they_end_with_their_parent(by: signal.Signals) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [Process.of(int(pid)) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    assert all(child.alive for child in children)
    parent.send_signal(by)
    parent.communicate()
    try:
        assert wait_until(lambda: not any(child.alive for child in children), 10)
    finally:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL) if child.alive else None


def test_who_has_threads_is_not_forked() -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        assert cores() == 1


def test_what_they_share_is_counted_once() -> None:
    alone = memory(os.getpid())
    with Apart(2, 1) as apart:
        apart.run(int)
        assert alone / 2 < memory(os.getpid()) < 2 * alone
    assert alone > 1 << 20
    assert memory(1 << 23) == 0
