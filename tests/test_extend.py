"""docs/how-to/extend.md, followed to the letter."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manifest.conftest import ROOT

TEXT = (ROOT / "docs" / "how-to" / "extend.md").read_text("utf-8")


def commands(section: str) -> list[str]:
    """The lines of the section's block of commands."""
    found = re.search(rf"^## {section}\n.*?^```sh\n(.*?)^```$", TEXT, re.M | re.S)
    assert found is not None
    return found[1].splitlines()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("countries", "partners"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def follow(checkout: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run one line of the text in the checkout."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-ec", command],
        cwd=checkout,
        env={**os.environ, "PATH": path, "WASL_HOME": str(checkout / ".wasl")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_country_is_added_by_the_text(checkout: Path) -> None:
    for command in commands("A country"):
        done = follow(checkout, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert (checkout / "countries" / "mr.yaml").is_file()
    assert 'id="en-mr"' in (checkout / "board.html").read_text("utf-8")


@pytest.mark.slow
def test_what_is_left_out_of_a_country_is_named(checkout: Path) -> None:
    copy, check, *_ = commands("A country")
    steps = re.findall(r" -e '[^']+'", copy)
    for step, named in zip(
        steps, ("named otherwise", "iso3 TUN", "10.0.0.0/16 is free"), strict=True
    ):
        follow(checkout, copy.replace(step, ""))
        done = follow(checkout, check)
        assert done.returncode != 0, step
        assert named in done.stdout, done.stdout


def test_every_file_that_the_text_names_is_there() -> None:
    """But for those that are to be made, which have a capital or an angle bracket in them."""
    named = {
        one for one in re.findall(r"`([\w./-]+/[\w./-]*)`", TEXT) if not re.search(r"[A-Z]{4}", one)
    }
    made = {"countries/mr.yaml"}
    roots = [one for one in sorted(named - made) if (ROOT / one.partition("/")[0]).exists()]
    assert len(roots) > 15
    assert [one for one in roots if not (ROOT / one).exists()] == []
