"""The cloud's units on workers of a Dask cluster: what they report is what is reported here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dask
import pytest

from infra.program import ROOT
from infra.sandbox.home import Home
from tests.live.conftest import CODE, Country
from tests.scale.cluster import cluster
from wasl.cli.main import main

pytestmark = pytest.mark.slow
CHECK = ("drift", CODE, "sd", "ye", "--plane", "cloud", "--format", "json")


def test_stacks_are_looked_at_on_workers(
    country: Country, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Two that are up and one that no longer is, by the credentials that the workers have."""
    country.cli.ok("destroy", "ye", "--yes")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("WASL_HOME", str(country.cli.home))
    monkeypatch.setenv("PULUMI_BACKEND_URL", Home(country.cli.home).backend)
    capsys.readouterr()
    status = main(list(CHECK))
    here = json.loads(capsys.readouterr().out)
    assert status == 2
    with cluster(tmp_path, 2) as workers:
        for name, value in workers.environ.items():
            monkeypatch.setenv(name, value)
        dask.config.refresh()
        monkeypatch.setattr("wasl.planes.cloud.live.check", _nobody)
        assert main([*CHECK, "--scheduler", workers.address]) == status
    assert json.loads(capsys.readouterr().out) == here
    others = {(one["target"], one["kind"]) for one in here["findings"] if one["country"] != CODE}
    assert others == {("stack ye", "unapplied")}


def _nobody(*_given: object) -> None:
    raise AssertionError("looked at here")
