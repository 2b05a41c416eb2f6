"""Which computer this is: its SMBIOS UUID, its disks' serials, its built-in network addresses.

Donated computers lie: makers leave "To be filled by O.E.M." and one UUID for a whole series. What
cannot be told apart by firmware is told apart by hardware, and gets a number to print on a label.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

_PLACEHOLDER = re.compile(
    r"^$|to be filled|default|o\.?e\.?m\.?$|^none$|^n/?a$|^not (?:specified|applicable|set)|"
    r"not available|system serial|chassis serial|base board serial|^serial$|invalid|unknown|empty|"
    r"^(.)\1*$|^0?123456789|^1234567$|^ssn12345678901234567$|xxxxx",
    re.IGNORECASE,
)
# UUIDs that makers gave to more than one machine.
_SHARED_UUID = re.compile(
    r"^(00000000|ffffffff|03000200-0400-0500-0006-000700080009|12345678|4c4c4544-0000-2010-8020)",
    re.IGNORECASE,
)
# 31 signs that nobody misreads: no i, l, o, u. A prime number of them, so that the check digit
# finds every wrong sign and every two that changed places.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxy"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself; placeholders are empty. Lists are sorted."""

    uuid: str = ""
    serial: str = ""
    vendor: str = ""
    product: str = ""
    disks: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        listed = {"disks": list(self.disks), "macs": list(self.macs)}
        names = ("uuid", "serial", "vendor", "product")
        return {**{name: getattr(self, name) for name in names}, **listed}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Identity:
        """From `as_json`."""
        texts = {name: str(value[name]) for name in ("uuid", "serial", "vendor", "product")}
        return cls(**texts, disks=tuple(value["disks"]), macs=tuple(value["macs"]))

    @property
    def is_enough(self) -> bool:
        """Whether anything at all tells this device from others."""
        return bool(self.uuid or self.serial or self.disks or self.macs)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the technician and to write down: a message id and its arguments."""

    code: str
    arguments: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"code": self.code, "arguments": dict(self.arguments)}


def cleaned(identity: Identity) -> Identity:
    """Without placeholders, in one spelling."""
    uuid = identity.uuid.strip().lower()
    return replace(
        identity,
        uuid="" if is_placeholder(uuid) or _SHARED_UUID.match(uuid) else uuid,
        serial="" if is_placeholder(identity.serial) else identity.serial.strip(),
        vendor="" if is_placeholder(identity.vendor) else identity.vendor.strip(),
        product="" if is_placeholder(identity.product) else identity.product.strip(),
        disks=tuple(sorted({disk.strip() for disk in identity.disks if not is_placeholder(disk)})),
        macs=tuple(sorted({mac.strip().lower() for mac in identity.macs if mac.strip("0:")})),
    )


def is_placeholder(text: str) -> bool:
    """Whether a maker forgot to fill it in."""
    return bool(_PLACEHOLDER.search(text.strip()))


def number(*parts: str) -> str:
    """A number for a label, `k7q2-m4xa-9p`: nine signs of the parts' digest and a check digit."""
    value = int.from_bytes(hashlib.sha256("\n".join(parts).encode()).digest(), "big")
    digits = ""
    for _ in range(9):
        value, place = divmod(value, 31)
        digits += _ALPHABET[place]
    return printed(digits + _ALPHABET[_check(digits)])


def is_number(text: str) -> bool:
    """Whether `text` is such a number, however it is typed, and its check digit is right."""
    digits = _digits(text)
    if len(digits) != 10 or any(char not in _ALPHABET for char in digits):
        return False
    return _ALPHABET.index(digits[-1]) == _check(digits[:-1])


def printed(text: str) -> str:
    """A number as it is printed, however it was typed."""
    digits = _digits(text)
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def _digits(text: str) -> str:
    return "".join(text.split()).replace("-", "").lower()


def _check(digits: str) -> int:
    places = enumerate(digits, 1)
    return sum(place * _ALPHABET.index(char) for place, char in places) % 31


def recognise(seen: Identity, known: Mapping[str, Identity]) -> tuple[str, list[Notice]]:
    """The device's number and what is odd about it.

    `known` holds, by number, each recorded device as it last looked. Two of UUID, disks and
    addresses in common make the same device; one alone makes another one, and is said.
    """
    best = max(known, key=lambda one: _likeness(seen, known[one]), default=None)
    if best is not None and is_same(seen, known[best]):
        return best, _changes(seen, known[best])
    notices = [notice for one in sorted(known) for notice in _alike(seen, one, known[one])]
    taken = any(notice.code == "WASL-DEVICE-ALIKE" for notice in notices)
    return _new_number(seen, taken), notices


def _new_number(seen: Identity, uuid_is_taken: bool) -> str:
    if seen.uuid and not uuid_is_taken:
        return number("uuid", seen.uuid)
    if seen.serial and seen.vendor and not uuid_is_taken:
        return number("serial", seen.vendor, seen.product, seen.serial)
    return number("parts", *seen.macs) if seen.macs else number("parts", *seen.disks)


def _likeness(seen: Identity, other: Identity) -> int:
    return (
        bool(seen.uuid and seen.uuid == other.uuid)
        + bool(set(seen.disks) & set(other.disks))
        + bool(set(seen.macs) & set(other.macs))
    )


def is_same(seen: Identity, other: Identity) -> bool:
    """Whether they are one device: two things in common, or one and nothing against it."""
    if _likeness(seen, other) >= 2:
        return True
    same_firmware = seen.uuid == other.uuid and (seen.uuid or seen.serial == other.serial != "")
    if same_firmware:  # nothing contradicts: one side knows no disks, or no addresses
        return not _both(seen.disks, other.disks) and not _both(seen.macs, other.macs)
    no_firmware = not seen.uuid and not other.uuid
    return no_firmware and bool(set(seen.macs) & set(other.macs))


def _both(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether both are known, and have nothing in common."""
    return bool(one and other) and not set(one) & set(other)


def _changes(seen: Identity, before: Identity) -> list[Notice]:
    if seen.disks == before.disks:
        return []
    came = ", ".join(sorted(set(seen.disks) - set(before.disks))) or "-"
    went = ", ".join(sorted(set(before.disks) - set(seen.disks))) or "-"
    return [Notice("WASL-DEVICE-DISK-SWAPPED", {"came": came, "went": went})]


def _alike(seen: Identity, other_number: str, other: Identity) -> list[Notice]:
    moved = set(seen.disks) & set(other.disks)
    if moved:
        told = {"disk": ", ".join(sorted(moved)), "other": other_number}
        return [Notice("WASL-DEVICE-DISK-KNOWN", told)]
    if seen.uuid and seen.uuid == other.uuid:
        return [Notice("WASL-DEVICE-ALIKE", {"other": other_number, "uuid": seen.uuid})]
    return []
