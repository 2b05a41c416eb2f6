"""One version of the engine and its SDK."""

from __future__ import annotations

import tomllib

import pytest

from infra.engine import lock

ROOT = lock.FOLDER.parents[1]


def test_the_python_sdk_is_pinned_to_the_engines_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f"pulumi=={lock.engine_version()}" in project["dependencies"]


def test_the_go_modules_sdk_is_of_the_engines_version() -> None:
    assert f"{lock.SDK_MODULE} v{lock.engine_version()}" in (lock.FOLDER / "go.mod").read_text()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("go1.26", (1, 26, 0)),
        ("go version go1.19.8 linux/amd64", (1, 19, 8)),
        ("", None),
        ("dev", None),
    ],
)
def test_versions_are_read_from_any_text(text: str, version: lock.Version | None) -> None:
    assert lock.parse(text) == version


def test_versions_compare_as_numbers() -> None:
    assert (lock.parse("1.9.1") or ()) < (lock.parse("1.25.11") or ())
