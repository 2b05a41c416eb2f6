"""How a station comes into a computer with a fresh system: by ssh, on the country's word.

A fresh system has no account that anyone can sign in to, and no key of any laptop. It knows the
country's signing key, and takes it for an authority of ssh certificates (OpenSSH's
PROTOCOL.certkeys). What certifies a station holds such a certificate for root, until the same day.
sshd knows nothing of the country's revocations: a certificate ends by its date.
"""

from __future__ import annotations

import calendar
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from playbooks.module_utils.wasl_device import clock, files
from playbooks.module_utils.wasl_device.signed import Document, PublicKey, SigningKey

USER = b"root"
FIELD = "ssh"  # of a certificate's body


def authority(key: PublicKey) -> str:
    """The country's key as sshd reads it (`TrustedUserCAKeys`)."""
    known = Ed25519PublicKey.from_public_bytes(key.raw)
    form = serialization.PublicFormat.OpenSSH
    return f"{known.public_bytes(serialization.Encoding.OpenSSH, form).decode()} wasl\n"


def certificate(station: PublicKey, name: str, since: str, until: str, root: SigningKey) -> str:
    """A user certificate for root; it opens no tunnel and forwards no agent."""
    builder = (
        serialization.SSHCertificateBuilder()
        .public_key(Ed25519PublicKey.from_public_bytes(station.raw))
        .serial(int(station.id[:15], 16))
        .type(serialization.SSHCertificateType.USER)
        .key_id(name.encode())
        .valid_principals([USER])
        .valid_after(_seconds(since))
        .valid_before(_seconds(until))
        .add_extension(b"permit-pty", b"")
    )
    made = builder.sign(root.for_ssh())
    return made.public_bytes().decode()


def keep(place: Path, key: SigningKey, statement: Document | None) -> Path | None:
    """The station's key in ssh's form at `place`, its certificate beside it; None without one."""
    told = statement["body"].get(FIELD) if statement is not None else None
    if told is None:
        return None
    form = serialization.PrivateFormat.OpenSSH
    plain = serialization.NoEncryption()
    secret = key.for_ssh().private_bytes(serialization.Encoding.PEM, form, plain)
    files.write_atomic(place, secret, 0o600)
    files.write_atomic(place.with_name(f"{place.name}-cert.pub"), f"{told}\n".encode())
    return place


def _seconds(moment: str) -> int:
    return calendar.timegm(time.strptime(moment, clock.FORMAT))
