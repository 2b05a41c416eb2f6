"""SMBIOS as dmidecode prints it (DSP0134): structures by type, each a table of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..machine import Machine

BIOS, SYSTEM, CHASSIS, PROCESSOR, OEM_STRINGS, MEMORY, SECURITY = 0, 1, 3, 4, 11, 17, 24


@dataclass
class Structure:
    """One structure: its type, its fields, and fields with several lines."""

    type: int
    fields: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Dmi:
    """All structures of a machine; none where it has no SMBIOS."""

    structures: tuple[Structure, ...] = ()

    @classmethod
    def of(cls, machine: Machine) -> Dmi:
        """By `dmidecode`."""
        return cls(tuple(_parse(machine.run("dmidecode").text)))

    def all(self, kind: int) -> list[Structure]:
        """Structures of one type, in order."""
        return [structure for structure in self.structures if structure.type == kind]

    def get(self, kind: int, name: str) -> str:
        """A field of the first structure of a type; empty where it is not said."""
        for structure in self.all(kind):
            return structure.fields.get(name, "")
        return ""


def _parse(text: str) -> Iterator[Structure]:
    current: Structure | None = None
    name = ""
    for line in text.splitlines():
        if match := re.match(r"Handle 0x[0-9A-F]+, DMI type (\d+)", line):
            if current:
                yield current
            current, name = Structure(int(match[1])), ""
        elif current and (match := re.match(r"\t([^\t:]+):\s*(.*)", line)):
            name = match[1]
            current.fields[name] = match[2].strip()
        elif current and name and line.startswith("\t\t"):
            current.lists.setdefault(name, []).append(line.strip())
    if current:
        yield current


def megabytes(text: str) -> int:
    """`8 GB`, `8192 MB`, `No Module Installed` as whole MiB."""
    match = re.match(r"(\d+)\s*(KB|MB|GB|TB)", text)
    if not match:
        return 0
    shift = {"KB": -10, "MB": 0, "GB": 10, "TB": 20}[match[2]]
    return int(match[1]) << shift if shift >= 0 else int(match[1]) >> -shift
