"""Pseudonyms: what stands in a value's place where it may not, the same for the same value.

HMAC-SHA-256 (RFC 2104) under a key of the country's, derived for each purpose and partner, so that
two partners cannot match their pupils and a report cannot be matched with either.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from integrations.identity.store import Store, quoted

LENGTH = 32
_BLOCK = 64


@dataclass(frozen=True)
class Pseudonyms:
    """One key's pseudonyms. `space` keeps values of different meaning apart."""

    key: bytes

    @classmethod
    def derive(cls, secret: bytes, *purpose: str) -> Pseudonyms:
        """The key for one purpose, such as ("partner", "jo", "classera")."""
        return cls(hmac.digest(secret, "\0".join(purpose).encode(), "sha256"))

    def of(self, space: str, value: str) -> str:
        """The pseudonym, 32 hex digits."""
        message = f"{space}\0{value}".encode()
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:LENGTH]

    def bind(self, store: Store) -> None:
        """Let the database compute the same, by `sql`; the key never stands in a statement."""
        key = self.key.ljust(_BLOCK, b"\0")
        for variable, pad in (("pseudonym_inner", 0x36), ("pseudonym_outer", 0x5C)):
            padded = bytes(byte ^ pad for byte in key)
            store.run(f"SET VARIABLE {variable} = ?::BLOB", padded)

    @staticmethod
    def sql(space: str, value: str) -> str:
        """The expression for `of(space, value)`; empty values stay empty."""
        message = f"encode(concat({quoted(space)}, chr(0), {value}))"
        inner = f"unhex(sha256(getvariable('pseudonym_inner') || {message}))"
        whole = f"sha256(getvariable('pseudonym_outer') || {inner})"
        return f"CASE WHEN {value} = '' THEN '' ELSE left({whole}, {LENGTH}) END"
