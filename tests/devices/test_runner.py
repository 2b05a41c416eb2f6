"""Real Ansible: nobody who was left out, and nothing that broke off, counts as done."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasl.errors import WaslError
from wasl.planes.devices.runner import Outcome, Play, run

# `wasl_stage` as it is heard, without devices: it says what it is given, or kills Ansible.
PLUGIN = """
import os, signal
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        if task_vars.get("kills"):
            os.kill(os.getppid(), signal.SIGKILL)
            os._exit(0)
        return {"changed": False}
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Look
      ansible.builtin.set_fact:
        wasl_profile: "{{ ('known' in wasl_profile) | ternary(wasl_profile, unheard_of) }}"
    - name: Do it
      wasl_stage:
"""


@pytest.fixture
def play(tmp_path: Path) -> Play:
    (tmp_path / "action_plugins").mkdir()
    (tmp_path / "action_plugins" / "wasl_stage.py").write_text(PLUGIN)
    (tmp_path / "configure.yml").write_text(PLAYBOOK)
    (tmp_path / "ansible.cfg").write_text("[defaults]\n")
    return Play(tmp_path / "configure.yml", tmp_path / "lab.yml")


def lab(play: Play, **hosts: str) -> None:
    """Hosts of this computer, each with a variable or two."""
    lines = [f"    {name}: {{ansible_connection: local, {told}}}" for name, told in hosts.items()]
    play.inventory.write_text("\n".join(["all:", "  hosts:", *lines, ""]))


def test_a_host_that_a_task_before_its_stage_failed_on_has_failed(
    play: Play, tmp_path: Path
) -> None:
    lab(play, good="wasl_profile: known", bad="wasl_profile: misspelt")
    heard: list[Outcome] = []
    assert run(play, tmp_path, heard.append) == 2
    assert {(one.host, one.stage, one.status) for one in heard} == {
        ("good", "configure", "ok"),
        ("bad", "configure", "failed"),
    }


def test_a_run_that_was_killed_is_not_through(play: Play, tmp_path: Path) -> None:
    # One after the other: the first is through, and the second takes Ansible with it.
    lab(play, good="wasl_profile: known", last="wasl_profile: known, kills: true")
    play.playbook.write_text(PLAYBOOK.replace("gather_facts", "serial: 1\n  gather_facts"))
    heard: list[Outcome] = []
    with pytest.raises(WaslError, match="before it was through") as caught:
        run(play, tmp_path, heard.append)
    assert [(one.host, one.status) for one in heard] == [("good", "ok")]
    assert "run the same again" in (caught.value.hint or "")
