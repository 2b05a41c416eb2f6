"""Signed documents: plain JSON, an Ed25519 key, a signature over the canonical form.

A document reads `{"kind": …, "body": {…}, "key": …, "signature": …}` and may carry the
`certificate` of its key. The signature covers `wasl:<kind>:1`, a line feed and the canonical
JSON of the body, so that no document passes for one of another kind. Canonical JSON has sorted
keys, no blanks, UTF-8, and neither floats nor twice the same key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from .errors import DeviceError
from .files import write_secret

Document = Mapping[str, Any]
PREFIX = "ed25519:"
MAX_BYTES = 64 << 20


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key: 32 bytes."""

    raw: bytes

    @classmethod
    @lru_cache(maxsize=1024)  # a record names the same few keys in each of its lines
    def parse(cls, text: str) -> PublicKey:
        """From `ed25519:<base64>`. Raises WASL-KEY-BAD."""
        try:
            raw = base64.b64decode(text.removeprefix(PREFIX), validate=True)
            if len(raw) != 32 or not text.startswith(PREFIX):
                raise ValueError
            Ed25519PublicKey.from_public_bytes(raw)
        except (ValueError, binascii.Error):
            raise DeviceError("WASL-KEY-BAD", key=text[:60]) from None
        return cls(raw)

    def __str__(self) -> str:
        return PREFIX + base64.b64encode(self.raw).decode()

    @property
    def id(self) -> str:
        """The first 20 hex digits of the key's SHA-256: how people and files name it."""
        return hashlib.sha256(self.raw).hexdigest()[:20]

    def holds(self, signature: bytes, message: bytes) -> bool:
        """Whether this key signed `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """An Ed25519 private key. It prints as `…`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def __repr__(self) -> str:
        return f"SigningKey({self.public.id}, …)"

    @classmethod
    def make(cls) -> SigningKey:
        """A new key from the system's random numbers."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """From a file of 64 hex digits. Raises WASL-KEY-MISSING, WASL-KEY-BAD."""
        try:
            seed = bytes.fromhex(path.read_text("ascii").strip())
            return cls(Ed25519PrivateKey.from_private_bytes(seed))
        except FileNotFoundError:
            raise DeviceError("WASL-KEY-MISSING", file=path) from None
        except (ValueError, OSError):
            raise DeviceError("WASL-KEY-BAD", key=path) from None

    def save(self, path: Path) -> None:
        """Write the key, readable by its owner alone; never over another."""
        raw = self._key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        write_secret(path, raw.hex().encode() + b"\n")

    def for_ssh(self) -> Ed25519PrivateKey:
        """The key itself, for who signs or writes in ssh's own forms."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """64 bytes; the same message gives the same signature."""
        return self._key.sign(message)


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value. Raises TypeError for a float: it has several."""
    _refuse_floats(value)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def parse(data: bytes, where: object = "") -> dict[str, Any]:
    """A JSON object, read strictly. Raises WASL-DOCUMENT-BAD."""
    if len(data) > MAX_BYTES:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason="too large")
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_once,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=str(error)[:120]) from None
    if not isinstance(value, dict):
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason="not a JSON object")
    return value


def sign(
    kind: str, body: Document, key: SigningKey, certificate: Document | None = None
) -> dict[str, Any]:
    """`body` as a signed document of `kind`."""
    signature = base64.b64encode(key.sign(_message(kind, body))).decode()
    document = {"kind": kind, "body": body, "key": str(key.public), "signature": signature}
    return document if certificate is None else {**document, "certificate": certificate}


def opened(document: Document, kind: str, where: object = "") -> tuple[Document, PublicKey]:
    """The body, and the key that signed it: whether to trust that key is not asked here.

    Raises WASL-DOCUMENT-BAD (no such document), WASL-SIGNATURE-BAD (altered).
    """
    try:
        if document["kind"] != kind:
            raise ValueError(f"{kind} was expected, not {document['kind']}")
        body, key = document["body"], PublicKey.parse(document["key"])
        signature = base64.b64decode(document["signature"], validate=True)
        if not isinstance(body, dict) or set(document) - _FIELDS:
            raise ValueError("it is not a signed document")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"[:120]
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=reason) from None
    if not key.holds(signature, _message(kind, body)):
        raise DeviceError("WASL-SIGNATURE-BAD", file=where, key=key.id)
    return body, key


_FIELDS = {"kind", "body", "key", "signature", "certificate"}


def _message(kind: str, body: Document) -> bytes:
    return f"wasl:{kind}:1\n".encode() + canonical(body)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return value


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"the number {text} is no whole number")


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float")
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):  # what json does not know, it refuses itself
        return
    for child in value:
        if not isinstance(child, str):  # as nearly all are
            _refuse_floats(child)
