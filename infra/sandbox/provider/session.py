"""The account and region that one provider connection works in, checked before anything is done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from infra.aws.model import Aws, Credentials, assumed
from infra.sandbox.account import SANDBOX_ACCOUNT, SANDBOX_KEY
from infra.sandbox.provider.calls import WritingAws
from wasl.loopback import on_loopback


class Refused(Exception):
    """The connection was configured for something that the stand-in must not touch."""


@dataclass(frozen=True)
class Session:
    """A configured connection."""

    aws: Aws
    account: str
    region: str


_PLACES: dict[tuple[str, str, str], Aws] = {}
"""The clients of each endpoint, account and region, shared by all connections that work there: an
engine makes new ones in each run, and clients of their own would each hold on to their sockets."""


def open_session(args: dict[str, Any]) -> Session:
    """A session from the provider's own arguments, nested ones being JSON texts.

    Refuses an endpoint that is not loopback and a caller identity that is not the sandbox's.
    """
    endpoint = _endpoint(_parsed(args.get("endpoints")) or [])
    region = args.get("region") or ""
    if not region:
        raise Refused("the provider has no region: set `region` on the explicit provider")
    roles = [role["roleArn"] for role in _parsed(args.get("assumeRoles")) or []]
    account = _account(roles[-1]) if roles else SANDBOX_ACCOUNT
    allowed = _parsed(args.get("allowedAccountIds")) or [account]
    if account not in allowed:
        raise Refused(f"account {account} is not one of the allowed {', '.join(allowed)}")
    aws = _place(endpoint, SANDBOX_ACCOUNT, region, Credentials(SANDBOX_KEY, SANDBOX_KEY))
    for role in roles:
        aws = _place(endpoint, _account(role), region, assumed(aws, role, "wasl"))
    return Session(aws, account, region)


def _account(role: str) -> str:
    return role.split(":")[4]


def _place(endpoint: str, account: str, region: str, keys: Credentials) -> Aws:
    """Clients that act in `account`: those that are there, as long as they do, else by `keys`."""
    place = (endpoint, account, region)
    known = _PLACES.get(place)
    if known and _acts_in(known) == account:
        return known
    aws = WritingAws(region, keys, endpoint, read_only=False)
    # moto takes unknown keys for its default account's: ask before writing anywhere.
    found = _acts_in(aws)
    if found != account:
        raise Refused(f"the keys act in account {found}, not in {account}")
    _PLACES[place] = aws
    return aws


def _acts_in(aws: Aws) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _endpoint(endpoints: list[dict[str, str]]) -> str:
    urls = {url for entry in endpoints for url in entry.values()}
    if len(urls) != 1:
        raise Refused(f"one endpoint for all services is needed, not {len(urls)}")
    url = urls.pop()
    if not on_loopback(url):
        raise Refused(f"{url} is not on loopback: the stand-in never leaves this machine")
    return url
