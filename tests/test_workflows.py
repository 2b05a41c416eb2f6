"""The workflows on GitHub: least privilege, pinned actions, no secret within a fork's reach."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> dict[Any, Any]:
    """One workflow, parsed. YAML 1.1 reads the key `on` as true."""
    loaded: dict[Any, Any] = yaml.safe_load(request.param.read_text("utf-8"))
    return loaded


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_it_may_only_read_the_repository(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert not [job for job in workflow["jobs"].values() if "permissions" in job]


def test_every_action_is_pinned_to_a_full_version(workflow: dict[Any, Any]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [name for name in used if not re.search(r"@v\d+\.\d+\.\d+$", name)] == []


def test_the_checkout_leaves_no_token_behind(workflow: dict[Any, Any]) -> None:
    checkouts = [step for step in steps(workflow) if "actions/checkout" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_job_has_an_end(workflow: dict[Any, Any]) -> None:
    assert all(job["timeout-minutes"] <= 180 for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_secret_is_within_reach_of_a_fork(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
