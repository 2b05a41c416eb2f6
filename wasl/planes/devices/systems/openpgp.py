"""The country's Ed25519 key as an OpenPGP key, and its signatures: what apt checks a repository by.

RFC 4880 (packets) with EdDSA over Curve 25519 as in RFC 9580, section 5.5.5.5. The same key and
the same text give the same bytes: no program's key ring, no clock, no random number takes part.
"""

from __future__ import annotations

import base64
import hashlib
import struct

from playbooks.module_utils.wasl_device.signed import PublicKey, SigningKey

# When all such keys say they were made: a part of an OpenPGP key's identity, and no secret.
BORN = 1_735_689_600  # 2025-01-01
_OID = bytes.fromhex("2b06010401da470f01")
_EDDSA, _SHA512 = 22, 10
_POSITIVE_CERTIFICATION, _BINARY = 0x13, 0x00
_CREATED, _KEY_FLAGS, _ISSUER, _ISSUER_FINGERPRINT = 2, 27, 16, 33


def certificate(key: SigningKey, name: str) -> str:
    """The public key with `name`, signed by itself, as an armoured block."""
    body = _key_body(key.public)
    user = name.encode()
    hashed = _hashed(key.public, BORN, _subpacket(_KEY_FLAGS, b"\x03"))
    text = _framed_key(body) + b"\xb4" + struct.pack(">I", len(user)) + user
    own = _signature(key, _POSITIVE_CERTIFICATION, hashed, text)
    data = _packet(6, body) + _packet(13, user) + _packet(2, own)
    return _armour("PUBLIC KEY BLOCK", data)


def detached(key: SigningKey, text: bytes, date: int) -> str:
    """A signature over `text`, dated `date` (seconds since 1970), as an armoured block."""
    hashed = _hashed(key.public, max(date, BORN))
    return _armour("SIGNATURE", _packet(2, _signature(key, _BINARY, hashed, text)))


def _key_body(key: PublicKey) -> bytes:
    point = b"\x40" + key.raw  # 0x40: the point is given as EdDSA gives it
    return struct.pack(">BIBB", 4, BORN, _EDDSA, len(_OID)) + _OID + _mpi(point)


def _fingerprint(key: PublicKey) -> bytes:
    return hashlib.sha1(_framed_key(_key_body(key)), usedforsecurity=False).digest()


def _framed_key(body: bytes) -> bytes:
    return b"\x99" + struct.pack(">H", len(body)) + body


def _hashed(key: PublicKey, date: int, *more: bytes) -> bytes:
    fingerprint = _subpacket(_ISSUER_FINGERPRINT, b"\x04" + _fingerprint(key))
    return _subpacket(_CREATED, struct.pack(">I", date)) + fingerprint + b"".join(more)


def _signature(key: SigningKey, kind: int, hashed: bytes, text: bytes) -> bytes:
    head = struct.pack(">BBBBH", 4, kind, _EDDSA, _SHA512, len(hashed)) + hashed
    trailer = b"\x04\xff" + struct.pack(">I", len(head))
    digest = hashlib.sha512(text + head + trailer).digest()
    signed = key.sign(digest)
    issuer = _subpacket(_ISSUER, _fingerprint(key.public)[-8:])
    unhashed = struct.pack(">H", len(issuer)) + issuer
    return head + unhashed + digest[:2] + _mpi(signed[:32]) + _mpi(signed[32:])


def _subpacket(kind: int, data: bytes) -> bytes:
    return bytes((len(data) + 1, kind)) + data


def _mpi(data: bytes) -> bytes:
    number = int.from_bytes(data, "big")
    return struct.pack(">H", number.bit_length()) + number.to_bytes(-(-number.bit_length() // 8))


def _packet(tag: int, body: bytes) -> bytes:
    return bytes((0xC0 | tag, 0xFF)) + struct.pack(">I", len(body)) + body


def _armour(what: str, data: bytes) -> str:
    text = base64.encodebytes(data).decode().replace("\n", "")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    check = base64.b64encode(_crc24(data).to_bytes(3)).decode()
    head, end = f"-----BEGIN PGP {what}-----", f"-----END PGP {what}-----"
    return "\n".join((head, "", *lines, f"={check}", end, ""))


def _crc24(data: bytes) -> int:
    value = 0xB704CE
    for byte in data:
        value ^= byte << 16
        for _ in range(8):
            value <<= 1
            if value & 0x1000000:
                value ^= 0x1864CFB
    return value & 0xFFFFFF
