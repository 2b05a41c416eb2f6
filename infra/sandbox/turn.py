"""waitress in one thread: who asks is answered between two looks at the connections.

By itself it hands each call to another thread, and before each look at the connections asks all of
them what they wait for. moto takes one call at a time anyway, and clients keep hundreds of
connections open: both together were a third of the emulated AWS's time.
"""

from __future__ import annotations

import select
import time
from collections import deque
from typing import Any, cast

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

_READ = select.POLLIN | select.POLLPRI
_SWEEP = 1.0  # seconds until connections that nobody uses are looked at
_PACKET = 1 << 16  # bytes of an answer that leave at once: head and body, mostly
_ALL = 1 << 40  # an answer that waits for a slow client waits in a file, and keeps nobody up


class _Sockets(dict[int, Any]):
    """All that is waited for; what each of them waits for is told to the system when it changes."""

    def __init__(self) -> None:
        super().__init__()
        self._poll = select.poll()
        self._told: dict[int, int] = {}

    def __setitem__(self, number: int, socket: Any) -> None:
        super().__setitem__(number, socket)
        self._poll.register(number, _READ)
        self._told[number] = _READ

    def __delitem__(self, number: int) -> None:
        super().__delitem__(number)
        self._poll.unregister(number)
        del self._told[number]

    def ready(self, seconds: float) -> list[tuple[int, int]]:
        """Which have something, and what."""
        return self._poll.poll(seconds * 1000)

    def heed(self, number: int) -> None:
        """Wait for what this one wants now."""
        socket = self.get(number)
        if socket is None:
            return
        wanted = _READ if socket.readable() else 0
        if socket.writable() and not socket.accepting:
            wanted |= select.POLLOUT
        if wanted != self._told[number]:
            self._poll.modify(number, wanted)
            self._told[number] = wanted


class _Waiting:
    """Connections whose call is there in full, in the place of waitress's threads."""

    def __init__(self) -> None:
        self.queue: deque[HTTPChannel] = deque()

    def add_task(self, connection: HTTPChannel) -> None:
        self.queue.append(connection)

    def shutdown(self) -> None:
        """There is nothing to stop."""


class Server:
    """A WSGI server, bound; `run` answers until the process ends."""

    def __init__(self, app: Any, **adjustments: Any) -> None:
        self._sockets, self._waiting = _Sockets(), _Waiting()
        made = create_server(
            app,
            map=self._sockets,
            _dispatcher=cast("ThreadedTaskDispatcher", self._waiting),
            outbuf_high_watermark=_ALL,
            **adjustments,
        )
        server = cast("Any", made)  # what is set on it is no part of waitress's stubs
        server.adj.send_bytes = _PACKET
        server.pull_trigger = _nobody_sleeps

    def run(self) -> None:
        """Answer."""
        sweep = 0.0
        while True:
            for number, event in self._sockets.ready(_SWEEP):
                if (one := self._sockets.get(number)) is not None:
                    wasyncore.readwrite(one, event)
                    self._answer()
                    self._sockets.heed(number)
            if time.monotonic() >= sweep:
                for number in list(self._sockets):
                    self._sockets.heed(number)
                sweep = time.monotonic() + _SWEEP

    def _answer(self) -> None:
        while self._waiting.queue:
            connection = self._waiting.queue.popleft()
            connection.service()
            if connection.connected and connection.writable():
                wasyncore.write(connection)


def _nobody_sleeps() -> None:
    """In the place of waking the thread that looks at the connections: it is this one."""
