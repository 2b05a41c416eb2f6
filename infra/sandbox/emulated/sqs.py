"""SQS: a queue keeps its policy when other attributes are set."""

from __future__ import annotations

from typing import Any

OPERATIONS = ("sqs:SetQueueAttributes",)


def install() -> None:
    """Put it into moto, which takes a policy that is not mentioned for one that is removed."""
    from moto.sqs.models import Queue

    known = Queue._set_attributes

    def kept(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = {} if "Policy" in attributes else {"Policy": getattr(self, "policy", None)}
        known(self, {**attributes, **policy}, now)

    Queue._set_attributes = kept  # type: ignore[method-assign]
