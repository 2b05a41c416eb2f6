"""No verb runs without the policies, on a backend elsewhere as little as in the sandbox."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from infra.program import ROOT
from infra.sandbox import lifecycle
from infra.sandbox.home import Home
from tests.cloud.conftest import Cli, copied
from wasl.planes.cloud.target import resolve

CODE = "lb"
PACK = "PULUMI_OPTION_POLICY_PACK"


def test_a_backend_elsewhere_is_held_to_the_policies(tmp_path: Path) -> None:
    """Whatever else the shell names."""
    elsewhere = {"PULUMI_BACKEND_URL": "s3://wasl-state-1", "PATH": os.environ["PATH"]}
    for environ in (elsewhere, {**elsewhere, PACK: "/somewhere/else"}):
        assert resolve(ROOT, tmp_path, environ).environment[PACK] == str(ROOT / "infra/policies")


@pytest.fixture
def elsewhere(cli: Cli, tmp_path: Path) -> dict[str, str]:
    """A backend of the user's own, in front of the sandbox's AWS."""
    (tmp_path / "state").mkdir()
    configuration = tmp_path / "stack.yaml"
    shutil.copy(Home(cli.home).configuration, configuration)
    known = lifecycle.environment(Home(cli.home), ROOT)
    del known[PACK]  # a user's shell names none
    return {
        **known,
        "PATH": f"{known['PATH']}:{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_OPTION_CONFIG_FILE": str(configuration),
    }


@pytest.mark.slow
def test_what_breaks_a_policy_is_neither_planned_nor_made(
    cli: Cli, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    strict = Cli(cli.home, "tests.cloud.strict", copied(tmp_path / "wasl"))
    for verb in ("up", "plan"):  # the first makes the stack that the second looks at
        done = strict.run(verb, CODE, "--yes", "--format", "json", env=elsewhere)
        assert done.returncode == 1, done.stdout + done.stderr
        assert f"WASL-POLICY: {CODE} breaks" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        found = json.loads(done.stdout)["findings"]
        assert {item["kind"] for item in found} == {"policy"}
        # Which of them depends on how far the engine was when it met the first.
        broken = [item for item in found if item["severity"] == "high"]
        assert broken
        assert all(item["target"].startswith(f"urn:pulumi:{CODE}::wasl::") for item in broken)
        assert {item["country"] for item in found} == {CODE}
    assert strict.run("destroy", CODE, "--yes", env=elsewhere).returncode == 0
