"""How an operation is added to one of moto's services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def answer(to: type[Any], **operations: Callable[..., Any]) -> None:
    """Give one of moto's classes methods.

    A `…Response` has one for each of the API's operations, named in snake case.
    """
    for name, operation in operations.items():
        setattr(to, name, operation)


def route(urls: Any, *paths: str, to: type[Any]) -> None:
    """Let moto's service with this `urls` module answer more paths, by its `to.dispatch`."""
    urls.url_paths.update({"{0}" + path: to.dispatch for path in paths})


def empty() -> Any:
    """An answer without a body."""
    from moto.core.responses import EmptyResult

    return EmptyResult()


def refusal(code: str, message: str) -> Exception:
    """AWS's error of a JSON service, to be raised."""
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(error_type=code, message=message)
