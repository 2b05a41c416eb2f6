"""Random numbers that a replay meets again, whatever was only looked at in between.

moto makes a service's state for an account and region when something first touches it, a read too,
and takes random numbers for it. In a replay the first to touch it is the first change: the numbers
would come out of that change's own sequence, and every id after it would be another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random


@contextmanager
def own_numbers(name: str) -> Iterator[None]:
    """Inside, random numbers follow from `name` alone; afterwards they go on as before."""
    before = mock_random.getstate()
    mock_random.seed(name)
    try:
        yield
    finally:
        mock_random.setstate(before)


def steady_backends() -> None:
    """Give every backend of every account and region numbers of its own to be made with."""
    get = AccountSpecificBackend.__getitem__

    def getitem(self: Any, region: str) -> Any:
        # Its own `in` asks whether the region is known, not whether it was touched.
        if dict.__contains__(self, name := "aws" if region == "global" else region):
            return dict.__getitem__(self, name)
        with own_numbers(f"{self.service_name} {self.account_id} {region}"):
            return get(self, region)

    AccountSpecificBackend.__getitem__ = getitem  # type: ignore[method-assign]


def steady_app(create: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """moto's maker of a service's application, with numbers of its own."""

    def steady(service: str) -> Any:
        with own_numbers(f"application {service}"):
            return create(service)

    return steady
