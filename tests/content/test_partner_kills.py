"""Killed at random while it delivers to the partner: the next run ends as if it had not been."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.content.conftest import Country, row
from tests.content.test_partner import Emulator, deliver_to, emulator
from tests.manifest.conftest import ROOT

BEFORE, AFTER = range(12), range(6, 30)
"""What is delivered first, and what the feed holds when the runs that are killed begin."""


def start(country: Country, url: str) -> subprocess.Popen[str]:
    words = [str(country.root), str(country.home), url]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.content.killed", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def whole(country: Country, url: str) -> float:
    """Run to the end; the seconds that the work itself took."""
    with start(country, url) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-2000:]
        return time.monotonic() - began


def kill(country: Country, url: str, after: float) -> bool:
    """Whether it was still at work when it was killed."""
    with start(country, url) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(after)
        process.kill()
        process.communicate()
        return process.returncode != 0


def delivered(country: Country, found: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state that all begin with."""
    deliver_to(found, country, monkeypatch)
    country.write(*(row(number) for number in BEFORE))
    country.apply()
    country.write(*(row(number) for number in AFTER))


def run(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int, seed: int
) -> None:
    undisturbed = Country(country.root, country.home.with_name("undisturbed"))
    with emulator(tmp_path / "one") as one, emulator(tmp_path / "other") as other:
        delivered(undisturbed, one, monkeypatch)
        seconds = whole(undisturbed, one.url)
        delivered(country, other, monkeypatch)
        chance = random.Random(seed)

        met = [kill(country, other.url, chance.uniform(0, seconds)) for _ in range(kills)]
        assert any(met)
        whole(country, other.url)
        assert set(one.held) == {f"lesson:{number}" for number in AFTER}
        assert (other.held, other.packages) == (one.held, one.packages)
    work = country.home / "content" / "tn" / "work"
    assert not list(work.iterdir())


@pytest.mark.slow
def test_three_kills(country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(country, tmp_path, monkeypatch, kills=3, seed=1)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_twenty_kills(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    run(country, tmp_path, monkeypatch, kills=5, seed=seed)
