"""Which engine is used, with fake programs in its places."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from infra.engine import locate, lock
from tests.engine.conftest import cached_engine, fake, fake_pulumi
from wasl.errors import WaslError


def test_without_any_engine_the_next_step_is_named(bare: Path, tmp_path: Path) -> None:
    with pytest.raises(WaslError) as error:
        locate.engine(tmp_path / "home")
    assert error.value.code == "WASL-ENGINE-MISSING"
    assert error.value.hint == "make setup"


def test_a_new_enough_pulumi_on_path_comes_first(bare: Path, tmp_path: Path) -> None:
    cached_engine()
    ambient = fake_pulumi(bare, "3.300.1")
    fake(bare / "pulumi-language-python", "exit 0")
    found = locate.engine(tmp_path / "home")
    assert found == locate.Engine(ambient, "3.300.1", (bare,))
    assert not (tmp_path / "home").exists(), "a complete engine needs no shims"


@pytest.mark.parametrize(
    ("version", "refusal"),
    [
        ("3.258.9", "older"),
        ("4.0.0", "another major version"),
        ("2.900.0", "another major version"),
        ("?", "does not say its version"),
    ],
)
def test_another_pulumi_on_path_is_passed_over(
    bare: Path, tmp_path: Path, version: str, refusal: str
) -> None:
    cached_engine()
    fake_pulumi(bare, version)
    ambient = locate.on_path()
    assert ambient is not None
    assert refusal in ambient.refusal
    assert locate.engine(tmp_path / "home").version == lock.engine_version()


def test_a_pulumi_that_fails_is_passed_over(bare: Path, tmp_path: Path) -> None:
    cached_engine()
    fake(bare / "pulumi", "exit 3")
    assert locate.engine(tmp_path / "home").version == lock.engine_version()


def test_the_cached_engine_gets_shims_beside_it(bare: Path, tmp_path: Path) -> None:
    cached = cached_engine()
    home = tmp_path / "home"
    found = locate.engine(home)
    assert found.path_entries[0] == home / "bin"
    assert found.pulumi.samefile(cached)
    shim = home / "bin" / "pulumi-language-python"
    assert os.access(shim, os.X_OK)
    assert locate.engine(home) == found, "a second call finds the same"


def test_the_engine_is_found_again_from_inside_its_own_path(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached_engine()
    found = locate.engine(tmp_path / "home")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, found.path_entries)))
    assert locate.engine(tmp_path / "home") == found
    other = locate.engine(tmp_path / "other")
    assert other.path_entries[0] == tmp_path / "other" / "bin", "not another home's shims"


def test_an_outdated_shim_is_written_again(bare: Path, tmp_path: Path) -> None:
    cached_engine()
    shim = fake(tmp_path / "home" / "bin" / "pulumi-language-python", "exit 9")
    locate.engine(tmp_path / "home")
    assert "start_host.py" in shim.read_text()
    assert [path.name for path in shim.parent.iterdir() if path.name.startswith(".")] == []


def test_a_pulumi_without_language_host_needs_the_program_runner(
    bare: Path, tmp_path: Path
) -> None:
    ambient = fake_pulumi(bare, lock.engine_version())
    with pytest.raises(WaslError, match="not set up"):
        locate.engine(tmp_path / "home")
    fake(lock.cached_bin() / "pulumi-language-python-exec", "exit 0")
    found = locate.engine(tmp_path / "home")
    assert found.path_entries[0] == tmp_path / "home" / "bin"
    assert found.pulumi.samefile(ambient)


def test_the_real_engine_says_the_locked_version(engine: locate.Engine) -> None:
    said = subprocess.run([engine.pulumi, "version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"v{engine.version}"
    assert (lock.parse(engine.version) or ()) >= (lock.parse(lock.engine_version()) or ())
