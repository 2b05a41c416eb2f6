"""What an ATA disk says of itself: IDENTIFY DEVICE, word by word (ACS-4, table 50)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..machine import Machine


@dataclass(frozen=True, slots=True)
class Ata:
    """One disk's IDENTIFY DEVICE, and its native size where that could be asked."""

    model: str
    serial: str
    firmware: str
    sectors: int
    rotation: int  # 1: none at all; 0: not said; else turns a minute
    security: frozenset[str]  # supported, enabled, locked, frozen, expired, enhanced
    sanitize: frozenset[str]  # crypto, overwrite, block
    is_hybrid: bool
    has_hidden_area_feature: bool
    has_dco: bool
    native_sectors: int  # 0: could not be read

    @property
    def hides_sectors(self) -> bool:
        """Whether a part of the disk (HPA, AMAX, DCO) is out of reach."""
        return self.native_sectors > self.sectors


def identify(machine: Machine, path: str) -> Ata | None:
    """By `hdparm`; None where the disk does not answer as ATA."""
    words = _words(machine.run("hdparm", "--Istdout", path).text)
    if len(words) != 256:
        return None
    return Ata(
        model=_string(words, 27, 46),
        serial=_string(words, 10, 19),
        firmware=_string(words, 23, 26),
        sectors=_sectors(words),
        rotation=words[217] if words[217] not in (0, 0xFFFF) else 0,
        security=_bits(words[128], _SECURITY),
        sanitize=_bits(words[59], _SANITIZE) if words[59] >> 12 & 1 else frozenset(),
        is_hybrid=bool(_valid(words[78]) >> 9 & 1 or words[214] >> 4 & 1),
        has_hidden_area_feature=bool(words[82] >> 10 & 1 or words[119] >> 8 & 1),
        has_dco=bool(words[83] >> 11 & 1),
        native_sectors=_native(machine, path, words),
    )


_SECURITY = ("supported", "enabled", "locked", "frozen", "expired", "enhanced")
_SANITIZE = {13: "crypto", 14: "overwrite", 15: "block"}


def _words(text: str) -> list[int]:
    return [int(word, 16) for word in re.findall(r"\b[0-9a-f]{4}\b", text.partition(":")[2])]


def _string(words: list[int], first: int, last: int) -> str:
    data = b"".join(word.to_bytes(2, "big") for word in words[first : last + 1])
    return data.decode("ascii", "replace").strip("\0 ")


def _sectors(words: list[int]) -> int:
    large = sum(words[100 + place] << 16 * place for place in range(4))
    return large or words[60] | words[61] << 16


def _valid(word: int) -> int:
    return 0 if word == 0xFFFF else word


def _bits(word: int, names: tuple[str, ...] | dict[int, str]) -> frozenset[str]:
    pairs = names.items() if isinstance(names, dict) else enumerate(names)
    return frozenset(name for bit, name in pairs if word >> bit & 1)


def _native(machine: Machine, path: str, words: list[int]) -> int:
    """The largest size that the disk can have, by its maximum address and its DCO."""
    has_area, has_dco = words[82] >> 10 & 1 or words[119] >> 8 & 1, words[83] >> 11 & 1
    sizes = [_sectors(words)]
    if has_area:
        said = re.search(r"max sectors\s*=\s*\d+/(\d+)", machine.run("hdparm", "-N", path).text)
        sizes.append(int(said[1]) if said else 0)
    if has_dco:
        text = machine.run("hdparm", "--dco-identify", path).text
        said = re.search(r"Real max sectors:\s*(\d+)", text)
        sizes.append(int(said[1]) if said else 0)
    return 0 if 0 in sizes else max(sizes)
