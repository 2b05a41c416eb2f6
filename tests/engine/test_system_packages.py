"""Debian's packages: installed where that is possible, named where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.engine import bootstrap
from infra.engine.progress import Progress


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of our own, and a list of two packages of which one is installed."""
    (tmp_path / "packages.txt").write_text("# comment\nhere\nmissing\n")
    monkeypatch.setattr(bootstrap, "PACKAGES", tmp_path / "packages.txt")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))
    _program(tmp_path / "dpkg-query", '[ "$4" = here ] && printf installed; exit 0')
    return tmp_path


def _program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_what_is_missing_is_installed(programs: Path) -> None:
    _program(programs / "apt-get", f'echo "$@" >> {programs}/calls')
    bootstrap.system(Progress())
    calls = (programs / "calls").read_text()
    assert calls == "-q -y install --no-install-recommends missing\n"


def test_lists_are_fetched_once_where_the_first_try_fails(programs: Path) -> None:
    _program(programs / "apt-get", f'echo "$3" >> {programs}/calls; [ "$3" = update ]')
    bootstrap.system(Progress())
    assert (programs / "calls").read_text().split() == ["install", "update", "install"]


def test_without_the_right_to_install_they_are_named(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _program(programs / "apt-get", f"touch {programs}/called")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    _program(programs / "sudo", "exit 1")
    bootstrap.system(Progress())
    assert not (programs / "called").exists()
    assert "missing" in "".join(capsys.readouterr())


def test_elsewhere_than_on_debian_nothing_is_asked(programs: Path) -> None:
    (programs / "dpkg-query").unlink()
    bootstrap.system(Progress())
