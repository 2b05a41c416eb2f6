"""The units of stick and device are ones that systemd reads without a word."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNITS = sorted(
    path
    for folder in ("playbooks", "wasl")
    for kind in ("*.service", "*.mount")
    for path in (ROOT / folder).rglob(kind)
)
SYSTEM = Path("/usr/lib/systemd/system")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A system that has Debian's units, ours, and what ours start."""
    if shutil.which("systemd-analyze") is None or not SYSTEM.is_dir():
        pytest.skip("systemd-analyze is not installed")
    made = tmp_path_factory.mktemp("tree")
    shutil.copytree(SYSTEM, made / SYSTEM.relative_to("/"), symlinks=True)
    own = made / "etc/systemd/system"
    own.mkdir(parents=True)
    for unit in UNITS:
        shutil.copy(unit, own)
        for program in re.findall(r"^Exec\w+=[-@:+!]*(/\S+)", unit.read_text("utf-8"), re.M):
            place = made / program.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy("/bin/true", place)
    return made


def verified(tree: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", f"--root={tree}", name]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", sorted({unit.name for unit in UNITS}))
def test_systemd_has_nothing_to_say_of_a_unit(tree: Path, name: str) -> None:
    done = verified(tree, name)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [("ExecStart=", "ExecStrat="), ("WorkingDirectory=/", "WorkingDirectory="), ("/bin/", "/bun/")],
)
def test_a_slip_in_a_unit_is_told(tree: Path, old: str, new: str) -> None:
    text = (tree / "etc/systemd/system/wasl-console.service").read_text("utf-8")
    assert old in text
    odd = tree / "etc/systemd/system/odd.service"
    odd.write_text(text.replace(old, new))
    done = verified(tree, "odd.service")
    assert done.returncode != 0 or done.stderr
