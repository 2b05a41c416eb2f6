"""The workflows on GitHub: least privilege, pinned actions, no secret within a fork's reach."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
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


READ = {"contents": "read"}
# The only jobs that may do more, and what.
MORE = {
    ("Drift", "check"): {**READ, "id-token": "write"},
    ("Drift", "report"): {**READ, "security-events": "write", "issues": "write"},
}


def test_it_may_only_read_the_repository(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == READ
    found = {name: job.get("permissions", READ) for name, job in workflow["jobs"].items()}
    wanted = {name: MORE.get((workflow["name"], name), READ) for name in found}
    assert found == wanted


def test_whoever_may_enter_aws_may_write_nothing_on_github(workflow: dict[Any, Any]) -> None:
    for job in workflow["jobs"].values():
        granted = {name for name, what in job.get("permissions", {}).items() if what == "write"}
        assert granted == {"id-token"} or "id-token" not in granted
        enters = any("aws-actions" in step.get("uses", "") for step in job["steps"])
        assert not enters or granted == {"id-token"}


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


def test_the_check_only_reads() -> None:
    drift = yaml.safe_load((ROOT / ".github" / "workflows" / "drift.yml").read_text("utf-8"))
    assert set(drift[True]) == {"schedule", "workflow_dispatch"}
    said = " ".join(step.get("run", "") for step in steps(drift))
    assert "wasl drift" in said
    assert [word for word in ("--repair", "--yes", " up ", " apply ") if word in said] == []


# A gh that keeps issues in a file, and answers as `--jq` would.
GH = """\
#!{python}
import json, os, sys
path, words = os.environ["ISSUES"], sys.argv[1:]
issues = json.load(open(path))
def value(name):
    return words[words.index(name) + 1]
if words[1] == "list":
    assert value("--json") == "number,body,author"
    author, marker = value("--jq").split('"')[1::2]
    ours = [one for one in issues if one["open"] and one["author"] == author]
    found = [one["number"] for one in ours if marker in one["body"]]
    print(min(found) if found else "")
elif words[1] == "create":
    body = open(value("--body-file")).read()
    new = {{"number": len(issues) + 1, "open": True, "body": body}}
    issues.append({{**new, "author": "app/github-actions"}})
elif words[1] == "edit":
    issues[int(words[2]) - 1]["body"] = open(value("--body-file")).read()
elif words[1] == "close":
    issues[int(words[2]) - 1]["open"] = False
json.dump(issues, open(path, "w"))
"""


def test_one_issue_is_opened_updated_and_closed(tmp_path: Path) -> None:
    gh, issues, report = tmp_path / "gh", tmp_path / "issues.json", tmp_path / "drift.md"
    gh.write_text(GH.format(python=sys.executable))
    gh.chmod(0o755)
    # One of somebody else's, with the marker in it: it is neither written to nor closed.
    theirs = {"number": 1, "open": True, "body": "<!-- wasl:drift -->", "author": "somebody"}
    issues.write_text(json.dumps([theirs]))

    def told(text: str, status: int) -> list[tuple[bool, str]]:
        report.write_text(text)
        command = [str(ROOT / ".github" / "drift-issue"), str(report), str(status)]
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "ISSUES": str(issues)}
        subprocess.run(command, env=environment, check=True)
        return [(one["open"], one["body"]) for one in json.loads(issues.read_text())[1:]]

    assert told("nothing", 0) == []
    assert told("first", 2) == [(True, "<!-- wasl:drift -->\n\nfirst")]
    assert told("second", 1) == [(True, "<!-- wasl:drift -->\n\nsecond")]
    assert told("nothing", 0) == [(False, "<!-- wasl:drift -->\n\nsecond")]
    assert [open_ for open_, _ in told("third", 2)] == [False, True]
    assert json.loads(issues.read_text())[0] == theirs


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_secret_is_within_reach_of_a_fork(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "pull_request_target" not in text
    assert "secrets." not in text
