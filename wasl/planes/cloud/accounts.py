"""The accounts that a stack's providers work in, seen by clients that cannot write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from infra.aws.model import Aws, Credentials, assumed
from infra.sandbox.account import SANDBOX_KEY

A = TypeVar("A", bound=Aws)
_SESSION = "wasl-look"


def reader(provider: Mapping[str, Any], eyes: type[A]) -> A:
    """Read-only eyes for the place that a provider's inputs describe; its roles are assumed.

    Whoever acts in the provider's own account already, as the role for drift checks does, needs no
    other role.
    """
    region, endpoint = str(provider["region"]), _endpoint(provider)
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY) if endpoint else None
    roles = parsed(provider.get("assumeRoles")) or ()
    if (
        roles
        and not endpoint
        and Aws(region).account() in (parsed(provider.get("allowedAccountIds")))
    ):
        roles = ()
    for role in roles:
        # To assume a role is no read, and writes nothing either.
        outside = Aws(region, keys, endpoint, read_only=False)
        keys = assumed(outside, role["roleArn"], _SESSION)
    return eyes(region, keys, endpoint)


def _endpoint(provider: Mapping[str, Any]) -> str | None:
    entries: Iterable[Mapping[str, str]] = parsed(provider.get("endpoints")) or ()
    return next((url for entry in entries for url in entry.values() if url), None)


def parsed(value: Any) -> Any:
    """The engine stores a provider's nested arguments as JSON texts."""
    return json.loads(value) if isinstance(value, str) and value else value
