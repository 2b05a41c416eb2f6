"""Eyes on one account: each call is made once a check, counted, and can only be a read.

The types' own `list` functions are used as they are. What several of them ask (a queue's
attributes, the account's roles) is asked once and remembered, errors included, so that all that is
compared is one picture.
"""

from __future__ import annotations

import copy
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from botocore.credentials import Credentials as Keys
from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.model import Aws, Credentials
from infra.live.tags import TOLD, Tags, book
from wasl.memory import keep

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 32
"""How many calls an account answers at once: they are mostly waited for."""
_TAGGING = "resourcegroupstaggingapi"


@dataclass
class Memory:
    """What was asked and answered in one check, and every call that was sent."""

    answers: dict[tuple[str, ...], Future[Any]] = field(default_factory=dict)
    sent: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Calls by service, operation and region; pages and retries count."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def recall(self, key: tuple[str, ...], ask: Callable[[], Any]) -> Any:
        """The answer to `key`; the first who wants it asks, the others wait."""
        with self.lock:
            known = self.answers.get(key)
            first = known is None
            answer = self.answers.setdefault(key, Future())
        if first:
            try:
                answer.set_result(ask())
            except BaseException as error:
                answer.set_exception(error)
        return answer.result()

    def count(self, service: str, operation: str, region: str) -> None:
        """Note a call."""
        with self.lock:
            self.sent[service, operation, region] += 1


class Eyes(Aws):
    """An account and region that is only looked at; `at` shares the memory."""

    def __init__(
        self,
        region: str,
        credentials: Credentials | None = None,
        endpoint: str | None = None,
        *,
        read_only: bool = True,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(region, credentials, endpoint, read_only=True)
        self.memory = memory or Memory()
        self.direct = False
        """Whether tags are asked of each service itself."""

    def at(self, region: str | None) -> Eyes:
        """The same account in another region; itself where `region` is empty or its own."""
        there = super().at(region)
        assert isinstance(there, Eyes)
        there.memory = self.memory
        return there

    def client(self, service: str) -> Any:
        """A client that remembers."""
        return _Client(super().client(service), service, self)

    def each(self, read: Callable[[T], R | None], items: Iterable[T]) -> Iterator[R]:
        """The same, side by side."""
        todo = list(items)
        if len(todo) < 2:
            return super().each(read, todo)
        with ThreadPoolExecutor(min(len(todo), AT_ONCE)) as pool:
            return iter([found for found in pool.map(read, todo) if found is not None])

    def closely(self) -> Eyes:
        """The same, but tags are asked of each service itself."""
        near = copy.copy(self)
        near.direct = True
        return near

    def swept(self) -> list[Any]:
        """Everything here that carries tags, in a few calls."""
        return self.pages(_TAGGING, "get_resources", "ResourceTagMappingList", ResourcesPerPage=100)

    def tags(self, service: str, name: str, arguments: Mapping[str, Any]) -> Any:
        """The answer to a question for one resource's tags, if the tagging service knows it."""
        told = TOLD.get((service, name))
        if told is None or self.direct:
            return None
        named = told.name(arguments)
        known = self.memory.recall(("tags", self.region), self._book)
        return told.answer(known[named]) if named in known else None

    def _book(self) -> dict[str, Tags]:
        try:
            return book(self.swept())
        except (BotoCoreError, ClientError):
            return {}  # each service is asked then; the sweep itself tells that it failed

    def _make(self, service: str) -> Any:
        """A client for whoever asks.

        It takes a hundredth of a second to make one and as long to resolve its answers' shapes, so
        accounts share it; each call is signed with the keys of the account that makes it.
        """
        place = (service, self.region, self.endpoint, self.credentials is None)
        if place not in _SHARED:
            client = super()._make(service)
            client.meta.events.register("before-call", _signed)
            client.meta.events.register("request-created", partial(_sent, service))
            _SHARED[place] = client
            keep()  # a service's model is large
        return _SHARED[place]


_SHARED: dict[tuple[str, str, str | None, bool], Any] = {}
_ASKING: ContextVar[Eyes] = ContextVar("_ASKING")


def _sent(service: str, operation_name: str, **_: Any) -> None:
    """Count a request; one that is sent again is another."""
    eyes = _ASKING.get()
    eyes.memory.count(service, operation_name, eyes.region)


def _signed(context: dict[str, Any], **_: Any) -> None:
    """Have a call signed for who asks."""
    if keys := _ASKING.get().credentials:
        mine = Keys(keys.access_key, keys.secret_key, keys.token)
        context.setdefault("signing", {})["request_credentials"] = mine


@dataclass(frozen=True)
class _Client:
    """A boto client whose operations are remembered."""

    client: Any
    service: str
    eyes: Eyes

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.client, name)
        if not callable(call) or name in _PLAIN:
            return call
        return lambda **arguments: self.recall(name, arguments, lambda: call(**arguments))

    def get_paginator(self, operation: str) -> _Pages:
        """All pages at once, as a list."""
        return _Pages(self, operation)

    def recall(self, name: str, arguments: Mapping[str, Any], ask: Callable[[], Any]) -> Any:
        """The answer to an operation, from the tagging service or from memory if they have it."""
        told = self.eyes.tags(self.service, name, arguments)
        if told is not None:
            return told
        key = json.dumps(arguments, sort_keys=True, default=str)
        place = (self.service, self.eyes.region, name, key)
        return self.eyes.memory.recall(place, lambda: self._ask(ask))

    def _ask(self, ask: Callable[[], Any]) -> Any:
        before = _ASKING.set(self.eyes)
        try:
            with self.eyes.memory.gate:
                return ask()
        finally:
            _ASKING.reset(before)


_PLAIN = ("can_paginate",)


@dataclass(frozen=True)
class _Pages:
    client: _Client
    operation: str

    def paginate(self, **arguments: Any) -> Iterable[Any]:
        told = self.client.eyes.tags(self.client.service, self.operation, arguments)
        if told is not None:
            return [told]
        pages = self.client.client.get_paginator(self.operation)
        answer: Iterable[Any] = self.client.recall(
            f"{self.operation}*", arguments, lambda: list(pages.paginate(**arguments))
        )
        return answer
