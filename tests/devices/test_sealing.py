"""What is sealed on a device, any age opens: here pyrage, another implementation."""

from __future__ import annotations

import pyrage
import pytest

from playbooks.module_utils.wasl_device import sealing
from playbooks.module_utils.wasl_device.errors import DeviceError


@pytest.mark.parametrize("size", [0, 1, 900, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 200_000])
def test_age_opens_what_was_sealed(size: int) -> None:
    identity = pyrage.x25519.Identity.generate()
    plain = bytes(number % 251 for number in range(size))
    sealed = sealing.seal(plain, str(identity.to_public()))
    assert pyrage.decrypt(sealed, [identity]) == plain


def test_nobody_else_opens_it_and_a_changed_byte_is_noticed() -> None:
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    sealed = bytearray(sealing.seal(b"secret", str(identity.to_public())))
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(sealed), [other])
    sealed[-1] ^= 1
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(bytes(sealed), [identity])


@pytest.mark.parametrize("change", ["", "age1", "sign", "swap", "upper"])
def test_a_mistyped_recipient_is_refused(change: str) -> None:
    text = str(pyrage.x25519.Identity.generate().to_public())
    wrong = {
        "": "",
        "age1": "age1",
        "sign": text[:-1] + ("q" if text[-1] != "q" else "p"),
        "swap": "bge" + text[3:],
        "upper": text.upper(),
    }[change]
    with pytest.raises(DeviceError, match="WASL-KEY-BAD"):
        sealing.seal(b"x", wrong)
