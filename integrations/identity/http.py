"""HTTP towards partners: verified TLS, no redirects to other hosts, a limit on rate, tries again.

429 and 5xx are tried again after what Retry-After asks, else after a growing pause; so is an answer
that broke off. Every request we send can be repeated without harm.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from wasl.errors import WaslError

TRIES = 6
PAUSE = 0.2
LONGEST = 30.0
BODY = 64 << 20
FEWEST = 2
WORTH = 0.002  # so long an answer is worth one more lane: our own work on one costs half of that


class Unreachable(WaslError):
    """The other side did not answer, or not with what was asked for."""

    def __init__(self, what: str, where: str, status: int = 0) -> None:
        super().__init__(
            "WASL-IDENTITY-PARTNER", what, where=where, hint="run it again when it answers"
        )
        self.status = status


@dataclass
class Rate:
    """At most `per_second` permits a second, over all threads; a pause stops all of them."""

    per_second: float
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self) -> None:
        """Return when the next request may go."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next, now)
            due = self._next
            self._next += 1 / self.per_second
        if due > now:
            time.sleep(due - now)

    def pause(self, seconds: float) -> None:
        """Let nobody go for `seconds`."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


@dataclass
class Lanes:
    """How many requests go at once: as many as keep this program busy while a service answers.

    More than that only makes threads of both sides wait for each other: with eight at once a
    service that answers in a millisecond does half of what it does with two.
    """

    most: int
    _open: int = FEWEST
    _busy: int = 0
    _shortest: float = float("inf")
    _free: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a lane; it is free again afterwards."""
        with self._free:
            self._free.wait_for(lambda: self._busy < self._open)
            self._busy += 1
        try:
            yield
        finally:
            with self._free:
                self._busy -= 1
                self._free.notify()

    def learn(self, seconds: float) -> None:
        """An answer took so long; the shortest tells how long the service itself needs."""
        with self._free:
            if seconds < self._shortest:
                self._shortest = seconds
                self._open = max(FEWEST, min(self.most, math.ceil(seconds / WORTH)))
                self._free.notify_all()


Sign = Callable[[httpx.Request], None]


class Http:
    """A client of one base URL. `sign` adds what authorises a request."""

    def __init__(self, base: str, rate: Rate, sign: Sign, *, connections: int = 8) -> None:
        for talkative in ("httpx", "httpcore"):  # they log addresses, which end in people's ids
            logging.getLogger(talkative).setLevel(logging.WARNING)
        self.base = base.rstrip("/")
        self.rate = rate
        self._sign = sign
        self._lanes = Lanes(connections)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.Client(
            timeout=httpx.Timeout(30, connect=10), limits=limits, follow_redirects=False
        )

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def send(self, method: str, path: str, *, tries: int = TRIES, **request: Any) -> httpx.Response:
        """The answer, whatever its status below 500 but 429. Raises `Unreachable`."""
        last = ""
        status = 0
        for attempt in range(tries):
            self.rate.wait()
            try:
                response = self._once(method, path, request)
            except httpx.HTTPError as error:
                last, status = type(error).__name__, 0
                self._rest(attempt, None)
                continue
            if response.status_code != 429 and response.status_code < 500:
                return response
            last, status = f"status {response.status_code}", response.status_code
            self._rest(attempt, response.headers.get("Retry-After"))
        raise Unreachable(f"{method} failed {tries} times: {last}", self._place(path), status)

    def json(self, path: str, **request: Any) -> tuple[Any, httpx.Response]:
        """The JSON that GET answers with 200. Raises `Unreachable`."""
        for attempt in range(TRIES):
            response = self.send("GET", path, **request)
            if response.status_code != 200:
                what = f"GET answered {response.status_code}"
                raise Unreachable(what, self._place(path), response.status_code)
            try:
                return response.json(), response
            except ValueError:
                self._rest(attempt, None)
        raise Unreachable("GET answered what is no JSON", self._place(path))

    def _once(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        built = self._client.build_request(method, self.base + path, **request)
        self._sign(built)
        with self._lanes.one():
            began = time.perf_counter()
            response = self._client.send(built)
            if response.is_success and method != "GET":
                self._lanes.learn(time.perf_counter() - began)
        if response.is_redirect:
            raise Unreachable("answered with a redirect, which is refused", self._place(path))
        if len(response.content) > BODY:
            raise Unreachable("answered more than is read", self._place(path))
        return response

    def _rest(self, attempt: int, asked: str | None) -> None:
        pause = PAUSE * 2**attempt * (1 + random.random())  # noqa: S311 -- no secret: a pause
        if asked and asked.isdigit():
            pause = min(float(asked), LONGEST)
            self.rate.pause(pause)
        time.sleep(min(pause, LONGEST))

    def _place(self, path: str) -> str:
        """The address less whatever id the path ends in: an id may be a person's."""
        return self.base + "/" + path.lstrip("/").split("/")[0].split("?")[0]
