"""Random numbers that do not depend on who looked first.

moto makes a service's backend when an account and region are first touched, by whatever call that
is, a read included, and draws random numbers for it (ids of the default network, of the managed
policies). In a replay another call comes first. So each backend gets numbers of its own, and the
call that happens to make it goes on with its own numbers as if nothing had been drawn.
"""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal import mock_random


def steady() -> None:
    """Let every backend be the same in a replay; call it once, before the first request."""
    original = AccountSpecificBackend.__getitem__

    def backend(self: AccountSpecificBackend[Any], region: str) -> Any:
        # moto's own `in` says something else.
        if ("aws" if region == "global" else region) in self.keys():
            return original(self, region)
        kept = mock_random.getstate()
        mock_random.seed(f"{self.service_name} {self.account_id} {region}")
        try:
            return original(self, region)
        finally:
            mock_random.setstate(kept)

    AccountSpecificBackend.__getitem__ = backend  # type: ignore[method-assign]
