"""Sign-in metadata of one country: the providers' looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from integrations.identity.http import Http, Rate, Unreachable
from integrations.identity.signin import oidc, saml
from integrations.identity.signin.faults import Fault, Looked, Terms, clock, rollover
from wasl.errors import WaslError
from wasl.files import write_atomically
from wasl.manifest.identity import OidcProvider, SamlProvider, SignOn
from wasl.manifest.tenancy import OidcSignIn, SamlSignIn
from wasl.planes.identity.setting import Home
from wasl.result import Finding, Kind, Message, Severity

AnyProvider = OidcSignIn | SamlSignIn | OidcProvider | SamlProvider
_TRIES = 2


def check(setting: Home) -> Iterator[Finding]:
    """What is wrong with the tenancy's sign-in and with every provider of the manifest."""
    sso = _sso(setting)
    yield from _provider(setting, sso.asked, setting.country.sign_in, "sign_in")
    for number, provider in enumerate(sso.providers):
        yield from _provider(setting, provider.name, provider, f"identity.sso.providers.{number}")


def _sso(setting: Home) -> SignOn:
    return setting.identity.sso or SignOn()


def unreadable(findings: Iterable[Finding]) -> bool:
    """Whether something could not be looked at."""
    return any(finding.kind is Kind.UNREADABLE for finding in findings)


def _provider(setting: Home, name: str, one: AnyProvider, key: str) -> Iterator[Finding]:
    days = timedelta(days=_sso(setting).warning_days)
    terms = Terms(datetime.now(UTC), days)
    look = _oidc if isinstance(one, OidcSignIn | OidcProvider) else _saml
    try:
        looked, theirs = look(one, terms)
    except WaslError as error:
        fault = Fault("", error.what, error.hint or "have the provider publish its metadata")
        yield _finding(setting, name, key, fault, Kind.UNREADABLE)
        return
    memory = setting.folder / "sso" / f"{name}.json"
    more = [*clock(theirs, terms), *rollover(_known(memory), looked.keys)]
    for fault in (*looked.faults, *more):
        yield _finding(setting, name, key, fault, Kind.INVALID)
    if looked.keys:
        memory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(memory, json.dumps(sorted(looked.keys)) + "\n", mode=0o600)


def _oidc(one: Any, terms: Terms) -> tuple[Looked, datetime | None]:
    address = one.issuer.rstrip("/") + "/.well-known/openid-configuration"
    document, answer = _get(address, lambda http, path: http.json(path, tries=_TRIES))
    if not isinstance(document, dict):
        raise Unreachable("answered JSON that is no object", address)
    keys: Any = None
    where = document.get("jwks_uri")
    if isinstance(where, str) and urlsplit(where).scheme == "https":
        keys, _ = _get(where, lambda http, path: http.json(path, tries=_TRIES))
    return oidc.check(document, keys, one.issuer, terms), _date(answer)


def _saml(one: Any, terms: Terms) -> tuple[Looked, datetime | None]:
    answer = _get(one.metadata_url, lambda http, path: http.send("GET", path, tries=_TRIES))
    if answer.status_code != 200:
        raise Unreachable(f"GET answered {answer.status_code}", one.metadata_url)
    return saml.check(answer.content, terms), _date(answer)


def _get(address: str, how: Callable[[Http, str], Any]) -> Any:
    """What `how` makes of an address; the connection is given back."""
    parts = urlsplit(address)
    http = Http(f"{parts.scheme}://{parts.netloc}", Rate(10), lambda request: None, connections=1)
    try:
        return how(http, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    finally:
        http.close()


def _date(answer: httpx.Response) -> datetime | None:
    try:
        read = parsedate_to_datetime(answer.headers.get("Date", ""))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _known(memory: Path) -> frozenset[str]:
    """The keys of the last look; none where there was none, or where it cannot be read."""
    try:
        return frozenset(map(str, json.loads(memory.read_text("utf-8"))))
    except (OSError, ValueError, TypeError):
        return frozenset()


def _finding(setting: Home, name: str, key: str, fault: Fault, kind: Kind) -> Finding:
    words = {"provider": name, "place": fault.place or "metadata", "what": fault.what}
    return Finding(
        plane="identity",
        country=setting.country.code,
        target=f"sso/{name}",
        type="sign-in",
        kind=kind,
        severity=Severity.MEDIUM if fault.soon else Severity.HIGH,
        property=fault.place,
        environment=setting.country.environment,
        location=setting.catalogue.location(setting.country.code, key),
        message=Message("WASL-IDENTITY-SIGN-IN", words),
        remedy=fault.remedy,
    )
