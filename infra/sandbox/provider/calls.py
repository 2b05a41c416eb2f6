"""Nothing is done for an engine that is gone.

A killed engine cannot stop this process, as it would the real plugin that runs under it. So every
call to AWS asks first whether its engine still waits for the answer: what the engine's death left
open stays as it is, and can be looked up without anything moving underneath.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from botocore.client import BaseClient

from infra.aws.model import Aws
from infra.sandbox.provider.values import refuse_impossible

_now = threading.local()


class Gone(RuntimeError):
    """The engine that asked for this is gone."""


@contextmanager
def serving(context: grpc.ServicerContext) -> Iterator[None]:
    """What this thread does until the end is done for `context`."""
    _now.context = context
    try:
        yield
    finally:
        _now.context = None


class WritingAws(Aws):
    """Clients that may write, for as long as somebody waits for the result."""

    def _make(self, service: str) -> BaseClient:
        client = super()._make(service)
        client.meta.events.register("before-parameter-build", refuse_impossible)
        client.meta.events.register("before-call", _refuse_for_nobody)
        return client


def _refuse_for_nobody(**_: Any) -> None:
    context = getattr(_now, "context", None)
    if context is not None and not context.is_active():
        raise Gone("the engine that asked for this is gone")
