"""Erasing by the disk's own firmware: asked, waited for, and never believed without a look.

Marks are planted before (random pages at random places, synced) and parts of the disk are
remembered by digest; afterwards every mark must be gone and every remembered part changed. A
command that erases nothing and says success, as `nvme format` does by default, is found this way.
"""

from __future__ import annotations

import hashlib
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..blocks import ALIGNMENT, Buffer, opened
from ..errors import DeviceError
from ..hardware import nvme
from ..hardware.disks import Disk
from ..machine import Machine, Output
from ..progress import Progress
from . import plan
from .marks import plant
from .plan import Technique, refusal

LONG = 24 * 3600.0  # seconds: a large magnetic disk takes hours
SAMPLE = 1 << 20
SHARE = 10  # percent of the disk that is looked at before and after, at random places
PASSWORD = "wasl"  # noqa: S105 - set only for the erase, which takes it away again
Sleep = Callable[[float], None]


@dataclass(frozen=True)
class Seen:
    """What was on the disk before: marks by offset, and digests of parts that held something."""

    marks: dict[int, bytes]
    parts: dict[int, str]
    looked_at: int  # bytes


def erase(
    machine: Machine,
    disk: Disk,
    technique: Technique,
    progress: Progress,
    sleep: Sleep = time.sleep,
) -> dict[str, Any]:
    """Erase by firmware and prove it; returns how much was looked at.

    Raises WASL-WIPE-COMMAND (it said no), WASL-WIPE-LOG (it does not say how it ended),
    WASL-WIPE-FAILED (it says it failed), WASL-WIPE-NOTHING (data is still there).
    """
    seen = _plant(disk, progress)
    progress.begin(technique.name, 0)
    if technique.tool == "nvme":
        _erase_nvme(machine, disk, technique, sleep)
    else:
        _erase_ata(machine, disk, technique, sleep)
    return _prove(disk, seen, progress)


def unlock(machine: Machine, disk: Disk) -> None:
    """Take our own password away, which a cut-off erase left; another one stays as it is."""
    for option in ("--security-unlock", "--security-disable"):
        machine.run("hdparm", "--user-master", "u", option, PASSWORD, disk.path)


def _plant(disk: Disk, progress: Progress) -> Seen:
    """Remember parts, then plant marks, both at places that nobody can foresee."""
    rng = random.Random(secrets.token_bytes(16))  # noqa: S311 - seeded by the system's own
    with opened(disk.path, write=True) as blocks:
        places = _places(rng, blocks.size)
        progress.begin("remember", len(places) * SAMPLE)
        digests = _digests(blocks.read, places, blocks.size, progress)
        parts = {offset: told for offset, told in digests if told is not None}
        planted = plant(blocks, rng)
    if planted.errors:
        raise planted.errors[0]
    if planted.lost:  # a disk that keeps nothing cannot show an erase
        raise DeviceError("WASL-DISK-LIES", disk=disk.path, offset=planted.lost[0])
    return Seen(planted.kept, parts, len(places) * SAMPLE)


def _prove(disk: Disk, seen: Seen, progress: Progress) -> dict[str, Any]:
    with opened(disk.path, write=False) as blocks:
        progress.begin("read back", seen.looked_at)
        after = dict(_digests(blocks.read, sorted(seen.parts), blocks.size, progress))
        same = [offset for offset, told in seen.parts.items() if after[offset] == told]
        page = Buffer(ALIGNMENT)
        for offset, mark in seen.marks.items():
            blocks.read(page.view, offset)
            if page.view == mark:
                same.append(offset)
    if same:
        raise DeviceError("WASL-WIPE-NOTHING", disk=disk.path, offset=min(same), count=len(same))
    return {
        "how": "samples and marks",
        "bytes": seen.looked_at,
        "of": disk.size,
        "marks": len(seen.marks),
        "parts": len(seen.parts),
    }


def _places(rng: random.Random, size: int) -> list[int]:
    whole = max(size // SAMPLE, 1)
    count = max(whole * SHARE // 100, min(whole, 16))
    return sorted(place * SAMPLE for place in rng.sample(range(whole), count))


def _digests(
    read: Callable[[memoryview, int], None], places: list[int], size: int, progress: Progress
) -> Iterator[tuple[int, str | None]]:
    """Offset and digest of each part; no digest for one that is the same byte throughout."""
    buffer = Buffer(SAMPLE)
    for offset in places:
        length = min(SAMPLE, size - offset)
        view = buffer.view[:length]
        read(view, offset)
        first = bytes(view[:1])
        uniform = bytes(view) == first * length
        progress.advance(length)
        yield offset, None if uniform else hashlib.sha256(view).hexdigest()


def _erase_nvme(machine: Machine, disk: Disk, technique: Technique, sleep: Sleep) -> None:
    controller = nvme.controller_path(disk.path)
    if technique.method == "Clear":
        # The value is always written out: without it `nvme format` erases nothing.
        ses = "--ses=2" if technique is plan.NVME_FORMAT_CRYPTO else "--ses=1"
        _ask(disk, machine.run("nvme", "format", disk.path, ses, "--force", timeout=LONG))
        return
    action = "--sanact=2" if technique is plan.NVME_SANITIZE["block"] else "--sanact=4"
    _ask(disk, machine.run("nvme", "sanitize", controller, action))
    while True:
        log = nvme.sanitize_log(machine, disk.path)
        if log is None:
            raise refusal("LOG", disk)
        if not log.is_running:
            break
        sleep(5)
    if not log.succeeded:
        raise refusal("FAILED", disk, status=log.status)


def _erase_ata(machine: Machine, disk: Disk, technique: Technique, sleep: Sleep) -> None:
    if technique in (plan.ATA_ERASE, plan.ATA_ERASE_ENHANCED):
        option = "--security-erase"
        if technique is plan.ATA_ERASE_ENHANCED:
            option += "-enhanced"
        master = ("hdparm", "--user-master", "u")
        _ask(disk, machine.run(*master, "--security-set-pass", PASSWORD, disk.path))
        _ask(disk, machine.run(*master, option, PASSWORD, disk.path, timeout=LONG))
        return
    options: tuple[str, ...] = {
        "ATA SANITIZE OVERWRITE EXT": ("--sanitize-overwrite-passes", "1", "--sanitize-overwrite"),
        "ATA SANITIZE BLOCK ERASE EXT": ("--sanitize-block-erase",),
        "ATA SANITIZE CRYPTO SCRAMBLE EXT": ("--sanitize-crypto-scramble",),
    }[technique.name]
    pattern = ("hex:00000000",) if "overwrite" in options[0] else ()
    sure = "--yes-i-know-what-i-am-doing"
    _ask(disk, machine.run("hdparm", sure, *options, *pattern, disk.path))
    while _ata_is_busy(disk, machine.run("hdparm", "--sanitize-status", disk.path)):
        sleep(5)


def _ata_is_busy(disk: Disk, said: Output) -> bool:
    """Whether it is under way; done only when the disk says so in words that are known."""
    state = re.search(r"\bSD([0-3])\b", said.text)
    if said.status != 0 or state is None:
        raise refusal("LOG", disk)
    if state[1] == "2":
        return True
    if "Completed Without Error" not in said.text:
        raise refusal("FAILED", disk, status=f"SD{state[1]}")
    return False


def _ask(disk: Disk, said: Output) -> None:
    """A refusal is told as the tool told it; an agreement proves nothing yet."""
    if said.status != 0:
        reason = (said.error or said.text).strip().splitlines()
        raise refusal("COMMAND", disk, reason=reason[-1][:200] if reason else said.status)
