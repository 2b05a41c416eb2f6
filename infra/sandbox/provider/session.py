"""The account and region that one provider connection works in, checked before anything is done."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from infra.aws.model import Aws, Credentials, assumed
from infra.sandbox.account import SANDBOX_ACCOUNT, SANDBOX_KEY
from infra.sandbox.provider.calls import WritingAws


class Refused(Exception):
    """The connection was configured for something that the stand-in must not touch."""


@dataclass(frozen=True)
class Session:
    """A configured connection."""

    aws: Aws
    account: str
    region: str


def open_session(args: dict[str, Any]) -> Session:
    """A session from the provider's own arguments, nested ones being JSON texts.

    Refuses an endpoint that is not loopback and a caller identity that is not the sandbox's.
    """
    endpoint = _endpoint(_parsed(args.get("endpoints")) or [])
    region = args.get("region") or ""
    if not region:
        raise Refused("the provider has no region: set `region` on the explicit provider")
    base = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    home = WritingAws(region, base, endpoint, read_only=False)
    _expect(home, SANDBOX_ACCOUNT)
    roles = [role["roleArn"] for role in _parsed(args.get("assumeRoles")) or []]
    account = roles[-1].split(":")[4] if roles else SANDBOX_ACCOUNT
    aws: Aws = home
    for role in roles:
        aws = _assume(aws, role, region, endpoint)
    allowed = _parsed(args.get("allowedAccountIds")) or [account]
    if account not in allowed:
        raise Refused(f"account {account} is not one of the allowed {', '.join(allowed)}")
    _expect(aws, account)
    return Session(aws, account, region)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _endpoint(endpoints: list[dict[str, str]]) -> str:
    urls = {url for entry in endpoints for url in entry.values()}
    if len(urls) != 1:
        raise Refused(f"one endpoint for all services is needed, not {len(urls)}")
    url = urls.pop()
    if not loopback(url):
        raise Refused(f"{url} is not on loopback: the stand-in never leaves this machine")
    return url


def loopback(url: str) -> bool:
    """Whether a URL names this machine's loopback by a literal address."""
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def _assume(aws: Aws, role: str, region: str, endpoint: str) -> Aws:
    return WritingAws(region, assumed(aws, role, "wasl"), endpoint, read_only=False)


def _expect(aws: Aws, account: str) -> None:
    # moto takes unknown keys for its default account's: ask before writing anywhere.
    found = aws.client("sts").get_caller_identity()["Account"]
    if found != account:
        raise Refused(f"the keys act in account {found}, not in {account}")
