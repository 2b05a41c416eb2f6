"""Whose key an OpenPGP certificate holds: a kit's repository is signed by the country key itself.

So updates rest on no second root of trust: a device compares the certificate's key with the roots
that it has, and only then gives it to apt. Armour and packets after RFC 4880 (sections 4.2, 5.5.2
and 6.2), Ed25519 as EdDSA after RFC 9580, section 5.5.5.5.
"""

from __future__ import annotations

import base64
import binascii

from .errors import DeviceError
from .signed import PublicKey

_PUBLIC_KEY = 0xC0 | 6  # the first packet's tag, in the new format
_VERSION, _EDDSA = 4, 22
_CURVE = bytes.fromhex("092b06010401da470f01")  # the length and the object id of Ed25519
_POINT = bytes.fromhex("010740")  # 263 bits, given as EdDSA gives it


def key_of(text: bytes, where: object = "") -> PublicKey:
    """The Ed25519 key of an armoured certificate. Raises WASL-DOCUMENT-BAD."""
    try:
        body = _first(_bytes(text.decode("ascii")))
        head, key = body[:19], body[19:]
        if head[:1] + head[5:] != bytes([_VERSION, _EDDSA]) + _CURVE + _POINT or len(key) != 32:
            raise ValueError("it is no Ed25519 key")
    except (ValueError, IndexError, binascii.Error) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=error) from None
    return PublicKey(key)


def _bytes(text: str) -> bytes:
    """What is armoured; a second certificate beside the first is refused."""
    if text.count("-----BEGIN PGP PUBLIC KEY BLOCK-----") != 1:
        raise ValueError("it is no OpenPGP certificate")
    block = text.partition("-----BEGIN PGP PUBLIC KEY BLOCK-----")[2]
    lines = block.partition("-----END PGP PUBLIC KEY BLOCK-----")[0].partition("\n\n")[2].split()
    return base64.b64decode("".join(line for line in lines if line[:1] != "="), validate=True)


def _first(data: bytes) -> bytes:
    """The body of the first packet, which must be the only key."""
    tag, length, start = data[0], data[1], 2
    if length == 255:
        length, start = int.from_bytes(data[2:6], "big"), 6
    elif length >= 192:
        raise ValueError("it is no Ed25519 key")
    if tag != _PUBLIC_KEY or _keys(data) != 1:
        raise ValueError("it is no single public key")
    return data[start : start + length]


def _keys(data: bytes) -> int:
    """How many packets are keys: subkeys and further keys would be trusted along."""
    found, at = 0, 0
    while at < len(data):
        tag, length = data[at] & 0x3F, data[at + 1]
        at += 2
        if length == 255:
            length, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        elif length >= 192:
            length, at = ((length - 192) << 8) + data[at] + 192, at + 1
        found += tag in (6, 14)
        at += length
    return found
