"""What botocore makes anew for each client, and is the same for all clients of a service.

A check has clients of thirty services in four regions. Each would have the service's description, a
class made of it and the names of its events to itself: a third of a second and five MB a region.
botocore has no setting for that; where its insides change, clients are made as it makes them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any


def share() -> None:
    """Have clients that are made from now on share it, where one session makes them."""
    from botocore.client import ClientCreator
    from botocore.hooks import EventAliaser

    _once(ClientCreator, "_load_service_model")
    _once(ClientCreator, "_create_client_class")
    copied = getattr(EventAliaser, "__copy__", None)
    if copied is None:
        return

    def copy(aliaser: Any) -> Any:
        made = copied(aliaser)
        # An event's other name follows from its name alone.
        made._alias_name_cache = getattr(aliaser, "_alias_name_cache", {})
        return made

    EventAliaser.__copy__ = copy


def _once(owner: Any, name: str) -> None:
    make: Callable[..., Any] | None = getattr(owner, name, None)
    if make is None:
        return
    made: dict[tuple[Any, ...], Any] = {}

    @wraps(make)
    def remembered(creator: Any, *what: Any, **more: Any) -> Any:
        key = (creator._loader, *what, *sorted(more.items()))
        if key not in made:
            made[key] = make(creator, *what, **more)
        return made[key]

    setattr(owner, name, remembered)
