"""How worn a disk is, by SMART (`smartctl --json`), and a battery, by the kernel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from ..machine import Machine
from .disks import Disk

REALLOCATED, PENDING, UNCORRECTABLE = 5, 197, 198  # attributes that every vendor uses alike


@dataclass(frozen=True, slots=True)
class Health:
    """What a disk says about its state; -1 where it does not say."""

    verdict: Literal["passed", "failed", "unknown"]
    hours: int = -1
    worn_percent: int = -1
    bad_sectors: int = -1  # reallocated, pending and uncorrectable
    media_errors: int = -1

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery; percent of its design capacity that it still holds, -1 where not said."""

    name: str
    health_percent: int
    cycles: int

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return asdict(self)


def health(machine: Machine, disk: Disk) -> Health:
    """By `smartctl`; a disk that does not answer is `unknown`, never `passed`."""
    try:
        told = json.loads(machine.run("smartctl", "--json", "--all", disk.path).text)
    except ValueError:
        return Health("unknown")
    passed = _at(told, "smart_status", "passed")
    log = told.get("nvme_smart_health_information_log") or {}
    table = _at(told, "ata_smart_attributes", "table") or []
    bad = [
        int(_at(row, "raw", "value") or 0)
        for row in table
        if row.get("id") in (REALLOCATED, PENDING, UNCORRECTABLE)
    ]
    return Health(
        verdict="unknown" if passed is None else "passed" if passed else "failed",
        hours=_number(_at(told, "power_on_time", "hours")),
        worn_percent=_number(log.get("percentage_used")),
        bad_sectors=sum(bad) if bad else -1,
        media_errors=_number(log.get("media_errors")),
    )


def batteries(machine: Machine) -> list[Battery]:
    """From `/sys/class/power_supply`; energy (µWh) or charge (µAh), as the battery counts."""
    found = []
    for path in machine.glob("/sys/class/power_supply/*/type"):
        folder = path.rsplit("/", 1)[0]
        if machine.read(path) != "Battery" or machine.read(f"{folder}/scope") == "Device":
            continue
        full, design = _capacity(machine, folder)
        percent = min(100, 100 * full // design) if design > 0 else -1
        cycles = _number(_whole(machine.read(f"{folder}/cycle_count")))
        found.append(Battery(folder.rsplit("/", 1)[1], percent, cycles))
    return found


def _capacity(machine: Machine, folder: str) -> tuple[int, int]:
    for unit in ("energy", "charge"):
        design = _whole(machine.read(f"{folder}/{unit}_full_design"))
        if design:
            return _whole(machine.read(f"{folder}/{unit}_full")) or 0, design
    return 0, 0


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _number(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else -1


def _at(value: Mapping[str, Any], outer: str, inner: str) -> Any:
    """`value[outer][inner]`, None where either is missing."""
    return (value.get(outer) or {}).get(inner)
