"""The demo's part about rosters, run as `make demo` runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasl.cli import demo_identity


@pytest.mark.slow
def test_the_story_ends_well_and_shows_what_it_promises(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo_identity.story(tmp_path / "demo") == 0
    told = capsys.readouterr()
    assert "WASL-IDENTITY-GUARD" in told.err + told.out
    assert "familyName of users/" in told.out
    assert demo_identity.BY_HAND not in told.out + told.err
