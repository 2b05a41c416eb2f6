"""`make setup`'s part before there is any environment, with a fake uv."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.engine import bootstrap, lock
from infra.engine.progress import Progress
from tests.engine.conftest import fake
from wasl.errors import WaslError

UV = """
PATH={system}
echo "$@" >> {log}
case "$1 $2" in
"venv -q") mkdir -p .venv/bin && ln -sf /bin/true .venv/bin/python &&
    echo "VIRTUAL_ENV='$PWD/.venv'" > .venv/bin/activate ;;
"pip sync") {body} ;;
esac
"""


@pytest.fixture
def project(bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout without an environment."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "requirements.lock").write_text("one==1\n")
    (folder / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11,<9"\n')
    monkeypatch.setattr(bootstrap, "ROOT", folder)
    monkeypatch.setattr(bootstrap, "VENV", folder / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", folder / ".venv" / "wasl-setup")
    return folder


def fake_uv(folder: Path, body: str = ":") -> Path:
    """A uv that writes down what it was asked for; returns that log."""
    log = folder / "log"
    fake(folder / "uv", UV.format(system=os.defpath.removeprefix(":"), log=log, body=body))
    return log


def test_the_environment_is_made_once(project: Path, bare: Path) -> None:
    log = fake_uv(bare)
    bootstrap.environment(Progress())
    asked = log.read_text().splitlines()
    assert [line.split()[:2] for line in asked] == [
        ["venv", "-q"],
        ["pip", "sync"],
        ["pip", "install"],
    ]
    assert sys.executable in asked[0]
    assert "--require-hashes" in asked[1]
    assert "--compile-bytecode" in asked[1]
    bootstrap.environment(Progress())
    assert log.read_text().splitlines() == asked


def test_a_changed_lock_is_installed(project: Path, bare: Path) -> None:
    log = fake_uv(bare)
    bootstrap.environment(Progress())
    (project / "requirements.lock").write_text("one==2\n")
    bootstrap.environment(Progress())
    assert log.read_text().count("pip sync") == 2
    assert log.read_text().count("venv -q") == 1


def test_the_environment_of_a_checkout_that_moved_is_made_anew(
    project: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its programs, ansible-playbook among them, begin with the place where they were installed."""
    log = fake_uv(bare)
    bootstrap.environment(Progress())
    moved = project.rename(project.with_name("moved"))
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    monkeypatch.setattr(bootstrap, "VENV", moved / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", moved / ".venv" / "wasl-setup")
    bootstrap.environment(Progress())
    assert log.read_text().count("venv -q") == 2


def test_a_failed_install_is_named_and_tried_again(project: Path, bare: Path) -> None:
    fake_uv(bare, body="exit 4")
    with pytest.raises(WaslError) as error:
        bootstrap.environment(Progress())
    assert error.value.code == "WASL-SETUP-FAILED"
    assert "status 4" in error.value.what
    log = fake_uv(bare)
    bootstrap.environment(Progress())
    assert "pip sync" in log.read_text()


def test_an_unsupported_newer_python_leaves_the_choice_to_uv(project: Path, bare: Path) -> None:
    (project / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11,<3.11"\n')
    log = fake_uv(bare)
    bootstrap.environment(Progress())
    assert ">=3.11,<3.11" in log.read_text()


def test_a_missing_venv_module_is_named_with_the_mend(
    project: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WaslError) as error:
        bootstrap.environment(Progress())
    assert error.value.code == "WASL-SETUP-VENV"
    assert "apt install python3-venv" in error.value.hint


def test_an_older_python_is_named_with_the_mend() -> None:
    code = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1])"
    script = lock.FOLDER / "bootstrap.py"
    answer = subprocess.run(
        [sys.executable, "-c", code, script], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("WASL-SETUP-PYTHON: Python 3.11 or newer is needed")


def test_the_locked_uv_has_its_hashes() -> None:
    text = bootstrap.UV_LOCK.read_text()
    assert text.startswith("uv==")
    assert "--hash=sha256:" in text
