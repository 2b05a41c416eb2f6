"""Sealed for a country: what only the holder of its age identity can open.

The file is age's, version 1 (https://age-encryption.org/v1), with one X25519 recipient, made here
from the primitives of python3-cryptography: a device has no age, and a laptop opens it with any.
"""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .errors import DeviceError

_INTRO, _LABEL = b"age-encryption.org/v1\n", b"age-encryption.org/v1/X25519"
_CHUNK = 64 << 10  # bytes of plain text that are sealed at once
_LINE = 64  # signs of a line of a stanza's body
_SIGNS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"  # of Bech32 (BIP 173)
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def seal(plain: bytes, recipient: str) -> bytes:
    """`plain` as an age file that only `recipient` (`age1…`) opens. Raises WASL-KEY-BAD."""
    key, whom = os.urandom(16), _recipient(recipient)
    header = _INTRO + _stanza(key, whom) + b"---"
    mac = hmac.digest(_derived(key, b"", b"header"), header, "sha256")
    nonce = os.urandom(16)
    sealed = _stream(plain, _derived(key, nonce, b"payload"))
    return header + b" " + _base64(mac) + b"\n" + nonce + sealed


def _stanza(key: bytes, whom: bytes) -> bytes:
    """The file's key, wrapped for one recipient."""
    own = X25519PrivateKey.generate()
    share = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    secret = own.exchange(X25519PublicKey.from_public_bytes(whom))
    wrap = _derived(secret, share + whom, _LABEL)
    body = _base64(ChaCha20Poly1305(wrap).encrypt(bytes(12), key, None))
    assert len(body) < _LINE  # a whole last line would need an empty one after it
    return b"-> X25519 " + _base64(share) + b"\n" + body + b"\n"


def _stream(plain: bytes, key: bytes) -> bytes:
    """Chunk by chunk, numbered, the last one marked: none can be lost or change its place."""
    cipher, starts = ChaCha20Poly1305(key), range(0, max(len(plain), 1), _CHUNK)
    last = len(starts) - 1
    return b"".join(
        cipher.encrypt(
            number.to_bytes(11, "big") + bytes([number == last]), plain[at : at + _CHUNK], None
        )
        for number, at in enumerate(starts)
    )


def _derived(secret: bytes, salt: bytes, label: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, label).derive(secret)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _recipient(text: str) -> bytes:
    """The 32 bytes of an `age1…` recipient, its checksum proven."""
    human, _, data = text.rpartition("1")
    try:
        values = [_SIGNS.index(sign) for sign in data]
        head = [ord(sign) >> 5 for sign in human] + [0] + [ord(sign) & 31 for sign in human]
        if human != "age" or _checksum(head + values) != 1:
            raise ValueError
        raw = _bytes(values[:-6])
    except ValueError:
        raise DeviceError("WASL-KEY-BAD", key=text[:70]) from None
    return raw


def _checksum(values: list[int]) -> int:
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            found ^= generator if top >> place & 1 else 0
    return found


def _bytes(values: list[int]) -> bytes:
    """Groups of five bits as 32 bytes; the bits left over must be zeros."""
    number = 0
    for value in values:
        number = number << 5 | value
    spare = 5 * len(values) - 256
    if not 0 <= spare < 5 or number & (1 << spare) - 1:
        raise ValueError
    return (number >> spare).to_bytes(32, "big")
