"""One `apply` in a process of its own, which a test kills again and again while it is at work.

`python -m tests.content.killed ROOT HOME ENDPOINT BUCKET [channel]` brings the library (or the
channel) to a bucket, `python -m tests.content.killed ROOT HOME URL` the partner its resources.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from integrations.content.packing import CHANNEL, LIBRARY
from tests.content.conftest import Country, to_partner
from tests.content.s3 import bucket
from tests.manifest.conftest import ROOT
from wasl.planes.content import destinations
from wasl.planes.content.destinations import Packed
from wasl.planes.content.partner import Delivered

_DRAWS = 12  # for each kill that is to meet a run


def main() -> None:
    """Bring one destination alone, as fast as it goes."""
    root, home, where, *name = sys.argv[1:]
    country = Country(Path(root), Path(home))
    if name:
        recipe = CHANNEL if name[1:] == ["channel"] else LIBRARY
        destinations._ALL = (lambda chosen: Packed(chosen, recipe),)
        country.bucket = bucket(where, name[0])
    else:
        destinations._ALL = (Delivered,)
        country.section = to_partner(where)
    print("begun", flush=True)
    _made, receipts = country.apply()
    print(*receipts, sep="\n", flush=True)


def whole(country: Country, *words: str) -> float:
    """Run to the end; the seconds that the work itself took."""
    with _begun(country, *words) as process:
        began = time.monotonic()
        _out, err = process.communicate(timeout=240)
        assert process.returncode == 0, err[-2000:]
        return time.monotonic() - began


def killed(
    country: Country,
    words: Callable[[], tuple[str, ...]],
    over: Callable[[], None],
    *,
    kills: int,
    seed: int,
    seconds: float,
) -> None:
    """Kill it so many times while it is at work, at moments that `seed` draws, and end it then.

    `over` is called when a run came to its end before its kill, and once at the very end: it looks
    at what was reached, and has all begin anew for those that follow.
    """
    chance, met = random.Random(seed), 0
    for _draw in range(_DRAWS * kills):
        if _kill(country, words(), chance.uniform(0, seconds)):
            met += 1
        else:
            over()
            seconds *= 0.8
        if met == kills:
            break
    assert met == kills
    whole(country, *words())
    over()


def _kill(country: Country, words: tuple[str, ...], after: float) -> bool:
    """Whether it was still at work when it was killed."""
    with _begun(country, *words) as process:
        time.sleep(after)
        process.kill()
        _out, err = process.communicate()
        assert process.returncode in (0, -9), err[-2000:]
        return process.returncode != 0


def _begun(country: Country, *words: str) -> subprocess.Popen[str]:
    """A run whose programs are loaded and which now begins."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.content.killed",
            str(country.root),
            str(country.home),
            *words,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


if __name__ == "__main__":
    main()
