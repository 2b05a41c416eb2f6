"""`make demo`, as it is shown."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.manifest.conftest import ROOT
from wasl.demo.devices import lacking
from wasl.demo.guest import why_not
from wasl.manifest.catalogue import known_countries


@pytest.fixture(scope="module")
def told() -> str:
    """What it prints to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "wasl.demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def step(told: str, title: str) -> str:
    """What was printed under a title."""
    (found,) = re.findall(rf"^== +\d+ s  {re.escape(title)}$(.*?)(?=^== |\Z)", told, re.M | re.S)
    return str(found)


@pytest.mark.long
@pytest.mark.timeout(1200)
class TestStory:
    def test_it_holds_back_and_takes_back_and_stops(self, told: str) -> None:
        for words in (
            "hold     jo alecso:poem  (all rights are reserved: جميع الحقوق محفوظة)",
            "delete   jo partner/alecso:fractions  (withdrawn by its source)",
            "WASL-IDENTITY-GUARD",
            "the board, for a ministry's officer",
        ):
            assert words in told

    def test_a_disk_whose_computer_was_not_named_is_left_alone(self, told: str) -> None:
        if reason := lacking():
            assert reason in step(told, "left out: three computers in a depot")
            return
        first = (
            "taken in, wiped, imaged, enrolled; somebody wrote the third one's serial down wrong"
        )
        assert "the device named is 5CG4350W1O, and this one is 5CG4350W1Q" in step(told, first)

    def test_the_check_names_one_thing_in_each_plane_and_no_other(self, told: str) -> None:
        """All four; a machine that cannot boot a device says why, and there it is three."""
        planes, reason = ["cloud", "content", "devices", "identity"], why_not()
        if reason:
            planes.remove("devices")
            assert reason in step(told, "left out: a device in use, and its drift")
        check = step(told, "the check names them")
        assert sorted(re.findall(r"^\w+ · jo \(pilot\) · (\w+)$", check, re.M)) == planes
        assert f"findings: {len(planes)} " in check

    def test_it_ends_with_a_line_a_country_and_the_way_to_real_aws(self, told: str) -> None:
        shown = step(told, "nine countries, each in an account of its own")
        lines = re.findall(r"^  (\w\w)  .* account (\d{12})  ", shown, re.M)
        assert tuple(code for code, _ in lines) == known_countries(ROOT)
        assert len({account for _, account in lines}) == 9
        assert "On real AWS: lay the foundation (docs/how-to/foundation.md)" in shown
        assert "wasl plan jo && wasl up jo" in shown
