"""Work in processes of this machine, one a core, where threads of one process would share a core.

They are forked, and so have in common with this process whatever it has loaded: make them when that
is loaded, and before any thread is. They end with this process, whatever ends it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from wasl.errors import WaslError

P = ParamSpec("P")
T = TypeVar("T")

_THREADS = Path("/proc/self/task")
_PATIENCE = 5.0  # seconds until it is known how a process ended


def cores() -> int:
    """How many cores there are for processes of their own; one where this one cannot be forked.

    What another thread has locked while this one forks stays locked for ever; and there are systems
    whose own libraries do not survive a fork.
    """
    if sys.platform != "linux" or sum(1 for _ in _THREADS.iterdir()) > 1:
        return 1
    return len(os.sched_getaffinity(0))


class Apart:
    """`count` processes that each do `each` things side by side.

    Work and what comes of it are pickled. A process that dies takes with it what it was at, which
    then raises WASL-APART-DIED; the others do the rest.
    """

    def __init__(self, count: int, each: int) -> None:
        fork = multiprocessing.get_context("fork")
        self._processes: list[BaseProcess] = []
        self._free: SimpleQueue[tuple[Connection, BaseProcess] | None] = SimpleQueue()
        self.lines = self._left = count * each
        self._lock = threading.Lock()
        for _ in range(count):
            pairs = [fork.Pipe() for _ in range(each)]
            ends = [there for _, there in pairs]
            process = fork.Process(target=_serve, args=(ends,), daemon=True)
            process.start()
            self._processes.append(process)
            for here, there in pairs:
                there.close()  # so that this end notices when the process is gone
                self._free.put((here, process))

    def run(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Have it done in one of them, as soon as one is free. Raises what it raises there."""
        while (line := self._free.get()) is not None:
            pipe, process = line
            try:
                pipe.send((work, given, named))
            except OSError:  # it died before
                self._without(pipe)
                continue
            try:
                value, failure = pipe.recv()
            except (EOFError, OSError) as error:
                self._without(pipe)
                process.join(_PATIENCE)
                raise _died(process.exitcode) from error
            except Exception:  # it came, and is nothing that can be unpickled
                self._free.put(line)
                raise
            self._free.put(line)
            if failure is not None:
                raise failure
            done: T = value
            return done
        self._free.put(None)  # nor is there any for whoever waits besides
        raise _died(None)

    def end(self) -> None:
        """End them, whatever they are at."""
        for process in self._processes:
            process.terminate()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        for process in self._processes:
            process.join()

    def _without(self, pipe: Connection) -> None:
        pipe.close()
        with self._lock:
            self._left -= 1
            if not self._left:
                self._free.put(None)


def _died(status: int | None) -> WaslError:
    if status is None:
        how = "no process is left to look"
    elif status < 0:
        how = f"the process that looked was ended by {signal.Signals(-status).name}"
    else:
        how = f"the process that looked ended by itself, with status {status}"
    return WaslError(
        "WASL-APART-DIED",
        how,
        hint="was there too little memory? with --width 1 all is looked at in one process, in turn",
    )


def _serve(lines: list[Connection]) -> None:
    """A process: work that comes by each line, until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends this
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for line in lines:
        threading.Thread(target=_work, args=(line,), daemon=True).start()
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # whatever it is at: nobody waits for that any more


def _work(line: Connection) -> None:
    try:
        while True:
            work, given, named = line.recv()
            value, failure = None, None
            try:
                value = work(*given, **named)
            except Exception as error:
                failure = error
            line.send((value, failure))
    finally:  # what cannot be told is not passed over in silence: the parent learns of the end
        os._exit(1)
