"""What becomes of a computer: held against a profile's minimum, with a reason for each doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ..identity import Notice
from .snapshot import Snapshot

Grade = Literal["accept", "repair", "parts", "recycle"]
_LOCKS: dict[str, Grade] = {
    "absolute": "parts",
    "enrolment": "parts",
    "firmware_password": "repair",
}
ORDER: tuple[Grade, ...] = ("accept", "repair", "parts", "recycle")


@dataclass(frozen=True, slots=True)
class Minimum:
    """What a profile asks of a computer; MiB, GB (10⁹ bytes), percent."""

    memory_mib: int
    disk_gb: int
    cores: int
    battery_percent: int

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Minimum:
        """From the manifest's `minimum`."""
        return cls(**{name: int(value[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class Graded:
    """The grade, and why: the worst reason decides."""

    grade: Grade
    reasons: tuple[Notice, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"grade": self.grade, "reasons": [reason.as_json() for reason in self.reasons]}


def grade(snapshot: Snapshot, minimum: Minimum) -> Graded:
    """Accept, accept after a repair, keep for parts, or recycle."""
    found = [*_core(snapshot, minimum), *_disks(snapshot, minimum), *_rest(snapshot, minimum)]
    worst = max((ORDER.index(verdict) for verdict, _ in found), default=0)
    reasons = sorted(found, key=lambda one: -ORDER.index(one[0]))
    return Graded(ORDER[worst], tuple(reason for _, reason in reasons))


def _core(snapshot: Snapshot, minimum: Minimum) -> Iterator[tuple[Grade, Notice]]:
    """What cannot be changed, and what locks a pupil out."""
    if not snapshot.is_64_bit:
        yield "recycle", _why("PROCESSOR-32", processor=snapshot.processor)
    if snapshot.cores < minimum.cores:
        yield "parts", _why("CORES", cores=snapshot.cores, needed=minimum.cores)
    for name, verdict in _LOCKS.items():
        if getattr(snapshot.locks, name) == "yes":
            yield verdict, _why(name.upper().replace("_", "-"))


def _disks(snapshot: Snapshot, minimum: Minimum) -> Iterator[tuple[Grade, Notice]]:
    inside = [
        (disk, health)
        for disk, health in zip(snapshot.disks, snapshot.healths, strict=True)
        if disk.kind != "usb" and not disk.ours
    ]
    if not inside:
        yield "repair", _why("HIDDEN" if snapshot.hidden else "NO-DISK")
    if inside and max(disk.size for disk, _ in inside) < minimum.disk_gb * 10**9:
        largest = max(disk.size for disk, _ in inside) // 10**9
        yield "repair", _why("DISK-SMALL", size=largest, needed=minimum.disk_gb)
    for disk, health in inside:
        told = {"disk": disk.path, "serial": disk.serial or "-"}
        worn = health.worn_percent >= 90 or health.bad_sectors > 50 or health.media_errors > 50
        if health.verdict == "failed" or worn:
            yield "repair", _why("DISK-WORN", **told)
        elif health.bad_sectors > 0 or health.media_errors > 0:
            yield "accept", _why("DISK-AGING", **told)
        if health.verdict == "unknown" and disk.kind not in ("emmc", "practice"):
            yield "accept", _why("DISK-SILENT", **told)


def _rest(snapshot: Snapshot, minimum: Minimum) -> Iterator[tuple[Grade, Notice]]:
    if snapshot.memory_mib < minimum.memory_mib:
        told = {"memory": snapshot.memory_mib, "needed": minimum.memory_mib}
        yield "repair", _why("MEMORY", **told)
    if not snapshot.networks:
        yield "repair", _why("NO-NETWORK")
    if snapshot.portable == "yes" and not snapshot.batteries:
        yield "repair", _why("NO-BATTERY")
    for battery in snapshot.batteries:
        if 0 <= battery.health_percent < minimum.battery_percent:
            percent = battery.health_percent
            yield "repair", _why("BATTERY", percent=percent, needed=minimum.battery_percent)
    if not snapshot.identity.serial:
        yield "accept", _why("NO-SERIAL")


def _why(name: str, **arguments: object) -> Notice:
    return Notice(f"WASL-GRADE-{name}", {key: str(value) for key, value in arguments.items()})
