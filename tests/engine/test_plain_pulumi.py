"""Plain `pulumi` with the project's language host: programs, errors, policy packs, endings."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pulumi as sdk
import pytest
from pulumi import automation

from tests.engine.conftest import Pulumi, is_alive, wait_until

pytestmark = pytest.mark.slow


def test_up_preview_destroy(pulumi: Pulumi) -> None:
    assert pulumi("config", "set", "--secret", "word", "tell-nobody")[0] == 0
    status, output = pulumi("up", "--yes", "--skip-preview")
    assert status == 0, output
    assert "hello from the program" in output
    assert "tell-nobody" not in output, "the program knows that the value is secret"
    assert "warning" not in output
    assert pulumi("stack", "output", "said", "--show-secrets")[1].strip() == "tell-nobody"
    assert pulumi("preview", "--expect-no-changes")[0] == 0
    status, output = pulumi("destroy", "--yes", "--skip-preview")
    assert status == 0, output
    assert "2 deleted" in output


@pytest.mark.parametrize("how", ["bug", "mistake"])
def test_a_failing_program_fails_the_preview(pulumi: Pulumi, how: str) -> None:
    status, output = pulumi("preview", FAIL=how)
    assert status != 0
    assert "on purpose" in output
    # A bug's traceback has been shown by then: the engine must add nothing to it.
    assert ("an unhandled error occurred" in output) is (how == "mistake")
    assert ('__main__.py", line' in output) is (how == "bug")


def test_a_policy_pack_names_the_violation(pulumi: Pulumi, pack: Path) -> None:
    status, output = pulumi("preview", "--policy-pack", str(pack))
    assert status == 0, output
    status, output = pulumi("preview", "--policy-pack", str(pack), THING="bad")
    assert status != 0
    assert "it is called bad" in output


def test_a_broken_policy_pack_fails_with_its_own_words(pulumi: Pulumi, pack: Path) -> None:
    (pack / "__main__.py").write_text("raise ValueError('a broken pack')")
    status, output = pulumi("preview", "--policy-pack", str(pack))
    assert status != 0
    assert "a broken pack" in output


def _pids(path: Path) -> list[int]:
    """The program's process and the language host's."""
    wait_until(path.exists, "the program starts")
    return [int(pid) for pid in path.read_text().split()]


def test_an_interrupted_engine_ends_its_program(pulumi: Pulumi, tmp_path: Path) -> None:
    running = pulumi.start("up", "--yes", "--skip-preview", PIDS=str(tmp_path / "pids"))
    pids = _pids(tmp_path / "pids")
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode != 0
    assert "update canceled" in output
    wait_until(lambda: not any(map(is_alive, pids)), "program and language host end")


def test_a_killed_engine_leaves_no_process(pulumi: Pulumi, tmp_path: Path) -> None:
    running = pulumi.start("up", "--yes", "--skip-preview", PIDS=str(tmp_path / "pids"))
    pids = _pids(tmp_path / "pids")
    running.kill()
    running.communicate(timeout=60)
    wait_until(lambda: not any(map(is_alive, pids)), "program and language host end")


def test_a_killed_language_host_takes_its_program_along(pulumi: Pulumi, tmp_path: Path) -> None:
    running = pulumi.start("up", "--yes", "--skip-preview", PIDS=str(tmp_path / "pids"))
    program, host = _pids(tmp_path / "pids")
    os.kill(host, signal.SIGKILL)
    wait_until(lambda: not is_alive(program), "the program ends")
    running.communicate(timeout=60)
    assert running.returncode != 0


def test_an_inline_program_obeys_a_policy_pack(
    pulumi: Pulumi, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Automation API runs programs itself; the language host runs the pack."""
    monkeypatch.setenv("PATH", pulumi.environment["PATH"])
    names = ["good"]

    def program() -> None:
        for name in names:
            sdk.ComponentResource("test:index:Thing", name)

    stack = automation.create_stack(
        "inline",
        project_name="inline",
        program=program,
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(tmp_path),
            env_vars={**pulumi.environment, "PULUMI_OPTION_POLICY_PACK": str(pack)},
        ),
    )
    assert stack.preview().change_summary.get(automation.OpType.CREATE) == 2
    names.append("bad")
    with pytest.raises(automation.CommandError, match="it is called bad"):
        stack.preview()
