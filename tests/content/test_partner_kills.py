"""Killed at random while it delivers to the partner: the next run ends as if it had not been."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.conftest import Country, row
from tests.content.killed import killed, whole
from tests.content.test_partner import Emulator, deliver_to, emulator

BEFORE, AFTER = range(12), range(6, 30)
"""What is delivered first, and what the feed holds when the runs that are killed begin."""


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
        assert set(one.held) == {f"lesson:{number}" for number in AFTER}
        delivered(country, other, monkeypatch)

        def over() -> None:
            assert (other.held, other.packages) == (one.held, one.packages)
            assert not list((country.home / "content" / "tn" / "work").iterdir())
            delivered(country, other, monkeypatch)

        killed(country, lambda: (other.url,), over, kills=kills, seed=seed, seconds=seconds)


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
