"""Keys by name: files of a folder that only their owner can read.

A key that must already be known elsewhere (a partner's token) is never made up; one that is ours
(pseudonyms, plans) is made when first asked for.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyrage import x25519

from wasl.errors import WaslError
from wasl.files import write_atomically


@dataclass(frozen=True)
class Keys:
    """The key store under `folder`; a key's name is its path there."""

    folder: Path

    def given(self, name: str) -> str:
        """A secret that someone else gave us. Raises `WaslError` (WASL-KEYS-MISSING)."""
        path = self.folder / name
        if not path.is_file():
            raise WaslError(
                "WASL-KEYS-MISSING",
                f"there is no key {name!r}",
                where=str(path),
                hint="put the secret into that file, mode 0600",
            )
        self._private(path)
        return path.read_text("utf-8").strip()

    def secret(self, name: str) -> bytes:
        """32 random bytes, made when first asked for."""
        return bytes.fromhex(self._own(name, lambda: secrets.token_hex(32)))

    def signing(self, name: str) -> Ed25519PrivateKey:
        """An Ed25519 key, made when first asked for."""
        return Ed25519PrivateKey.from_private_bytes(self.secret(name))

    def sealing(self, name: str) -> x25519.Identity:
        """An age identity, made when first asked for."""
        return x25519.Identity.from_str(self._own(name, lambda: str(x25519.Identity.generate())))

    def _own(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / name
        if not path.is_file():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomically(path, make() + "\n", mode=0o600, once=True)
        return self.given(name)

    @staticmethod
    def _private(path: Path) -> None:
        if path.stat().st_mode & 0o077 or path.stat().st_uid != os.getuid():
            raise WaslError(
                "WASL-KEYS-OPEN",
                "others can read this key",
                where=str(path),
                hint=f"chmod 600 {path}; if others had it, replace it",
            )


def public_hex(key: Ed25519PrivateKey) -> str:
    """The public key, 64 hex digits: what a manifest names."""
    return key.public_key().public_bytes_raw().hex()


def signing_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 key from a file of 64 hex digits that its owner alone can read."""
    try:
        return Ed25519PrivateKey.from_private_bytes(
            bytes.fromhex(Keys(path.parent).given(path.name))
        )
    except ValueError as error:
        what = "is no Ed25519 key: 64 hex digits are expected"
        raise WaslError(
            "WASL-KEYS-FORMAT", what, where=str(path), hint="openssl rand -hex 32"
        ) from error
