"""What is wrong with published sign-in metadata, and what both protocols measure keys by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SMALLEST_RSA = 2048
WEAK_HASHES = frozenset({"md5", "sha1"})
CLOCK = timedelta(minutes=2)


@dataclass(frozen=True)
class Fault:
    """One thing wrong at `place`; `soon` says that it is not wrong yet."""

    place: str
    what: str
    remedy: str
    soon: bool = False


@dataclass(frozen=True)
class Terms:
    """When it is, and how long before an end one wants to hear of it."""

    now: datetime
    warning: timedelta


@dataclass(frozen=True)
class Looked:
    """What a look at a provider showed; `keys` are thumbprints of what it signs with."""

    faults: tuple[Fault, ...]
    keys: frozenset[str]


def certificate(one: x509.Certificate, place: str, terms: Terms) -> Iterator[Fault]:
    """Expiry and algorithms of one certificate."""
    renew = "publish the next certificate beside this one, then change over"
    ends = one.not_valid_after_utc
    if one.not_valid_before_utc > terms.now:
        yield Fault(place, f"is valid from {one.not_valid_before_utc:%Y-%m-%d} on only", renew)
    if ends <= terms.now:
        yield Fault(place, f"expired on {ends:%Y-%m-%d}", renew)
    elif ends <= terms.now + terms.warning:
        yield Fault(place, f"expires on {ends:%Y-%m-%d}", renew, soon=True)
    digest = one.signature_hash_algorithm
    if digest is not None and digest.name in WEAK_HASHES:
        yield Fault(place, f"is signed with {digest.name}", "have it signed with SHA-256")
    key = one.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        yield from size(key.key_size, place)
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        yield Fault(place, "holds a key that is neither RSA nor EC", "use RSA or EC")


def size(bits: int, place: str) -> Iterator[Fault]:
    """An RSA key that is too short."""
    if bits < SMALLEST_RSA:
        yield Fault(place, f"is an RSA key of {bits} bits", f"use at least {SMALLEST_RSA}")


def clock(theirs: datetime | None, terms: Terms) -> Iterator[Fault]:
    """A provider whose clock is off issues tokens that are not valid yet, or no more."""
    if theirs is not None and abs(theirs - terms.now) > CLOCK:
        seconds = round((theirs - terms.now).total_seconds())
        yield Fault("clock", f"differs from ours by {seconds} s", "set both by network time")


def rollover(before: frozenset[str], now: frozenset[str]) -> Iterator[Fault]:
    """A change of keys needs a while in which old and new are both published."""
    if before and now and not before & now:
        yield Fault(
            "keys",
            "all were replaced at once since the last look; sign-ins under way fail",
            "publish the next key beside the old one before signing with it",
        )
