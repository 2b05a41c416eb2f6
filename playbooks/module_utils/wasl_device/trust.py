"""Whom to believe: the country keys that the manifest names, and the stations they certify.

The country key signs two kinds of statement. A *certificate* says that a station's key belongs to
a named stick, laptop or build machine of a site, what it may sign (`roles`) and until when. A
*revocation* takes that back: wholly, or for what is dated `since` a moment (a lost stick). Times
are UTC, `YYYY-MM-DDTHH:MM:SSZ`, and compare as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import signed
from .errors import DeviceError
from .signed import Document, PublicKey

Role = Literal["record", "publish"]
CERTIFICATE, REVOCATION = "certificate", "revocation"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the country says of one station key."""

    country: str
    station: PublicKey
    name: str
    site: str
    roles: tuple[str, ...]
    since: str
    until: str


@dataclass(frozen=True)
class Signer:
    """Who signed a document: the country itself, or a station it certified."""

    key: PublicKey
    certificate: Certificate | None = None

    @property
    def name(self) -> str:
        """As people know it."""
        return self.certificate.name if self.certificate else "country"


@dataclass(frozen=True)
class Trust:
    """One country's root of trust and all statements at hand, each held to that root."""

    country: str
    roots: tuple[PublicKey, ...]
    certificates: Mapping[str, tuple[Certificate, ...]] = field(default_factory=dict)
    revoked: Mapping[str, str] = field(default_factory=dict)  # key id → since, "" for all time
    _seen: dict[str, tuple[Certificate, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def of(
        cls, country: str, roots: Iterable[PublicKey], statements: Iterable[Document] = ()
    ) -> Trust:
        """From the manifest's keys and any statements; those of other roots do not count."""
        bare = cls(country, tuple(roots))
        certificates: dict[str, tuple[Certificate, ...]] = {}
        revoked: dict[str, str] = {}
        for statement in statements:
            if statement.get("kind") == REVOCATION and bare._is_rooted(statement):
                key, since = bare._revocation(statement)
                revoked[key] = min(since, revoked.get(key, since))
            elif statement.get("kind") == CERTIFICATE and bare._is_rooted(statement):
                found = bare._certificate(statement)
                key = found.station.id
                certificates[key] = (*certificates.get(key, ()), found)
        return cls(country, bare.roots, certificates, revoked)

    def check(
        self, document: Document, kind: str, role: Role, at: str, where: object = ""
    ) -> tuple[Document, Signer]:
        """The body of a document, once its signer is one to believe for `role` at time `at`.

        Raises WASL-SIGNATURE-BAD, WASL-DOCUMENT-BAD, WASL-TRUST-UNKNOWN (no key of this country,
        no certificate), WASL-TRUST-REVOKED, WASL-TRUST-EXPIRED, WASL-TRUST-ROLE.
        """
        body, key = signed.opened(document, kind, where)
        if key in self.roots:
            return body, Signer(key)
        since = self.revoked.get(key.id)
        if since is not None and at >= since:
            raise DeviceError("WASL-TRUST-REVOKED", file=where, key=key.id, since=since or "-")
        return body, Signer(key, self._covering(document, key, role, at, where))

    def _covering(
        self, document: Document, key: PublicKey, role: Role, at: str, where: object
    ) -> Certificate:
        known = list(self.certificates.get(key.id, ()))
        own = document.get("certificate")
        if isinstance(own, Mapping):
            known += self._brought(own)
        known = [one for one in known if one.station == key and one.country == self.country]
        if not known:
            raise DeviceError("WASL-TRUST-UNKNOWN", file=where, key=key.id, country=self.country)
        fit = [one for one in known if role in one.roles]
        if not fit:
            raise DeviceError("WASL-TRUST-ROLE", file=where, key=key.id, role=role)
        # A clock that stands before the certificate's day is reported by the record, and is
        # no reason to call the work untrue; a date after the last day is.
        current = [one for one in fit if at <= one.until]
        if not current:
            raise DeviceError(
                "WASL-TRUST-EXPIRED", file=where, key=key.id, until=max(one.until for one in fit)
            )
        return max(current, key=lambda one: one.until)

    def _brought(self, own: Document) -> tuple[Certificate, ...]:
        """A certificate that came with a document, if a country key signed it.

        Each line of a record brings the same one, which is held to the key once.
        """
        name = signed.digest(own)
        if name not in self._seen:
            self._seen[name] = (self._certificate(own),) if self._is_rooted(own) else ()
        return self._seen[name]

    def _is_rooted(self, statement: Document) -> bool:
        """Whether a country key signed it: anyone can write a statement, so no error."""
        try:
            body, key = signed.opened(statement, str(statement.get("kind")))
        except DeviceError:
            return False
        return key in self.roots and body.get("country") == self.country

    def _certificate(self, statement: Document) -> Certificate:
        body = statement["body"]
        try:
            since, until = _time(body["since"]), _time(body["until"])
            roles = tuple(str(role) for role in body["roles"])
            station = PublicKey.parse(body["station"])
            return Certificate(
                self.country, station, str(body["name"]), str(body["site"]), roles, since, until
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DeviceError("WASL-DOCUMENT-BAD", file=CERTIFICATE, reason=error) from None

    def _revocation(self, statement: Document) -> tuple[str, str]:
        body = statement["body"]
        try:
            since = body["since"]
            return str(body["station"]), _time(since) if since else ""
        except (KeyError, TypeError, ValueError) as error:
            raise DeviceError("WASL-DOCUMENT-BAD", file=REVOCATION, reason=error) from None


def certify(
    country: str,
    station: PublicKey,
    name: str,
    site: str,
    roles: Iterable[Role],
    since: str,
    until: str,
    root: signed.SigningKey,
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The country's word for a station key; `more` is signed with it, for whoever reads it."""
    body = {
        "country": country,
        "station": str(station),
        "name": name,
        "site": site,
        "roles": sorted(roles),
        "since": _time(since),
        "until": _time(until),
        **(more or {}),
    }
    return signed.sign(CERTIFICATE, body, root)


def revoke(
    country: str, station: str, reason: str, since: str, root: signed.SigningKey
) -> dict[str, Any]:
    """The country's word against a station key id; `since` empty is for all time."""
    body = {
        "country": country,
        "station": station,
        "reason": reason,
        "since": _time(since) if since else "",
    }
    return signed.sign(REVOCATION, body, root)


def statements(folder: Path) -> list[dict[str, Any]]:
    """Every statement of a folder: what cannot be read is refused, not passed over."""
    paths = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return [signed.parse(path.read_bytes(), path) for path in paths]


def statement_name(statement: Document) -> str:
    """The file name of a statement: the same statement has the same name everywhere."""
    return f"{statement['kind']}-{signed.digest(statement)[:16]}.json"


def _time(text: str) -> str:
    if not TIME.fullmatch(text):
        raise ValueError(f"{text!r} is not a time such as 2026-01-31T12:00:00Z")
    return text
