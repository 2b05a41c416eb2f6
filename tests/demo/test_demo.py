"""`make demo`, as it is shown."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.manifest.conftest import ROOT


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_the_story_is_told_to_its_end() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wasl.demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for words in (
        "hold     jo alecso:poem  (all rights are reserved: جميع الحقوق محفوظة)",
        "delete   jo partner/alecso:fractions  (withdrawn by its source)",
        "WASL-IDENTITY-GUARD",
        "the board, for a ministry's officer",
    ):
        assert words in done.stdout + done.stderr
