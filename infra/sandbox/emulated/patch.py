"""How an operation is added to one of moto's services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def answer(responses: type[Any], **operations: Callable[[Any], Any]) -> None:
    """Give a moto `…Response` class the operations; their names are the API's in snake case."""
    for name, operation in operations.items():
        setattr(responses, name, operation)
