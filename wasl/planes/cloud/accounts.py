"""The accounts that a stack's providers work in, entered as their inputs in the state say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.model import Aws, Credentials, assumed
from infra.sandbox.account import SANDBOX_KEY
from wasl.errors import WaslError

A = TypeVar("A", bound=Aws)
_SESSION = "wasl-look"


def reader(
    provider: Mapping[str, Any], eyes: type[A], *, session: str = _SESSION, read_only: bool = True
) -> A:
    """Eyes for the place that a provider's inputs describe; its roles are assumed.

    Whoever acts in the provider's own account already, as the role for drift checks does, needs no
    other role. Without `read_only` the eyes have hands.
    """
    region, endpoint = str(provider["region"]), _endpoint(provider)
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY) if endpoint else None
    roles = parsed(provider.get("assumeRoles")) or ()
    if (
        roles
        and not endpoint
        and Aws(region).account() in (parsed(provider.get("allowedAccountIds")) or ())
    ):
        roles = ()
    for role in roles:
        # To assume a role is no read, and writes nothing either.
        outside = Aws(region, keys, endpoint, read_only=False)
        keys = assumed(outside, role["roleArn"], session)
    return eyes(region, keys, endpoint, read_only=read_only)


def entered(
    provider: Mapping[str, Any],
    eyes: type[A],
    where: str,
    *,
    session: str = _SESSION,
    read_only: bool = True,
) -> A:
    """The same for whoever tells people. Raises WASL-LIVE-ACCOUNT."""
    try:
        return reader(provider, eyes, session=session, read_only=read_only)
    except (BotoCoreError, ClientError) as error:
        raise WaslError(
            "WASL-LIVE-ACCOUNT",
            f"the account cannot be entered: {error}",
            where=where,
            hint="check network and credentials",
        ) from error


def _endpoint(provider: Mapping[str, Any]) -> str | None:
    entries: Iterable[Mapping[str, str]] = parsed(provider.get("endpoints")) or ()
    return next((url for entry in entries for url in entry.values() if url), None)


def parsed(value: Any) -> Any:
    """The engine stores a provider's nested arguments as JSON texts."""
    return json.loads(value) if isinstance(value, str) and value else value
