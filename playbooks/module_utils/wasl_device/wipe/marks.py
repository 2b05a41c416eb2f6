"""Marks: random pages at random places, planted before an erase that has to make them go.

A disk that cannot show them before cannot show an erase after: it may read as zeros whatever it
keeps.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ..blocks import ALIGNMENT, Blocks, Buffer
from ..errors import DeviceError

MARKS = 64


@dataclass
class Planted:
    """What became of the marks: kept by the disk, lost by it, or refused with an error."""

    kept: dict[int, bytes] = field(default_factory=dict)  # by offset
    lost: list[int] = field(default_factory=list)
    errors: list[DeviceError] = field(default_factory=list)


def plant(blocks: Blocks, rng: random.Random) -> Planted:
    """Write marks, wait for the medium, and see whether they are there.

    Raises WASL-DISK-WRITE where the disk cannot say that they are on the medium.
    """
    pages = blocks.size // ALIGNMENT
    places = sorted(rng.sample(range(pages), min(MARKS, pages)))
    page, planted, written = Buffer(ALIGNMENT), Planted(), {}
    for offset in (place * ALIGNMENT for place in places):
        mark = rng.randbytes(ALIGNMENT)
        page.view[:] = mark
        try:
            blocks.write(page.view, offset)
            written[offset] = mark
        except DeviceError as error:
            planted.errors.append(error)
    blocks.sync()
    for offset, mark in written.items():
        try:
            blocks.read(page.view, offset)
        except DeviceError as error:
            planted.errors.append(error)
            continue
        if page.view == mark:
            planted.kept[offset] = mark
        else:
            planted.lost.append(offset)
    return planted
