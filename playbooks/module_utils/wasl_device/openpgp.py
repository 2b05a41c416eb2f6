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

# The packets of a certificate of ours (4.3), in their order: key, user id, signature. Any other, a
# subkey or a second key among them, would be trusted along.
_PACKETS = (6, 13, 2)
_VERSION, _EDDSA = 4, 22
_CURVE = bytes.fromhex("092b06010401da470f01")  # the length and the object id of Ed25519
_POINT = bytes.fromhex("010740")  # 263 bits, given as EdDSA gives it


def opened(text: bytes, where: object = "") -> tuple[PublicKey, bytes]:
    """An armoured certificate's Ed25519 key, and the packets that were looked at.

    Whoever trusts the key goes on with these bytes and not with the text: another reader may find
    another certificate in it. Raises WASL-DOCUMENT-BAD.
    """
    try:
        data = _bytes(text.decode("ascii"))
        packets = _packets(data)
        if tuple(tag for tag, _ in packets) != _PACKETS:
            raise ValueError("it is no single public key")
        head, key = packets[0][1][:19], packets[0][1][19:]
        if head[:1] + head[5:] != bytes([_VERSION, _EDDSA]) + _CURVE + _POINT or len(key) != 32:
            raise ValueError("it is no Ed25519 key")
    except (ValueError, IndexError, binascii.Error) as error:
        raise DeviceError("WASL-DOCUMENT-BAD", file=where, reason=error) from None
    return PublicKey(key), data


def _bytes(text: str) -> bytes:
    """What is armoured; a second certificate beside the first is refused."""
    if text.count("-----BEGIN PGP PUBLIC KEY BLOCK-----") != 1:
        raise ValueError("it is no OpenPGP certificate")
    block = text.partition("-----BEGIN PGP PUBLIC KEY BLOCK-----")[2]
    lines = block.partition("-----END PGP PUBLIC KEY BLOCK-----")[0].partition("\n\n")[2].split()
    return base64.b64decode("".join(line for line in lines if line[:1] != "="), validate=True)


def _packets(data: bytes) -> list[tuple[int, bytes]]:
    """Tag and body of each packet, all of the new format (4.2.2) and of a length that is told."""
    found, at = [], 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if tag & 0xC0 != 0xC0 or 224 <= length < 255:
            raise ValueError("a packet is of the old format or comes in parts")
        if length == 255:
            length, at = int.from_bytes(data[at : at + 4], "big"), at + 4
        elif length >= 192:
            length, at = ((length - 192) << 8) + data[at] + 192, at + 1
        if at + length > len(data):
            raise ValueError("it breaks off")
        found.append((tag & 0x3F, data[at : at + length]))
        at += length
    return found
