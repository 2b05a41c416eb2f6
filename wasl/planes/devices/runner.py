"""Playbooks run by ansible-runner: a fresh private folder each time, gone afterwards.

ansible-runner keeps what it is given (variables, the text of every event) in that folder.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner

from wasl.errors import WaslError
from wasl.scratch import private_folder

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a task ended on a host; `result` is what the action returned.

    A task of a role is a part of its stage: the stage goes on after it, unless it failed.
    """

    host: str
    stage: str
    status: str  # ok, skipped, failed, unreachable
    result: Mapping[str, Any]
    role: str = ""

    @property
    def is_part(self) -> bool:
        """Whether the stage goes on."""
        return bool(self.role) and self.status in ("ok", "skipped")


@dataclass(frozen=True)
class Play:
    """What to run: a playbook of the checkout, on whom, which tags, with which variables."""

    playbook: Path
    inventory: Path
    tags: Sequence[str] = ()
    variables: Mapping[str, Any] | None = None
    limit: str = ""
    check: bool = False
    forks: int = 20
    key: Path | None = None  # for ssh, where the inventory names none


_ENDS = {
    "runner_on_ok": "ok",
    "runner_on_skipped": "skipped",
    "runner_on_failed": "failed",
    "runner_on_unreachable": "unreachable",
}
_FAILURES = ("runner_on_failed", "runner_on_unreachable")
# Ansible's own status where it went through to the end: well, or hosts failed (2), did not answer
# (4), or both. Anything else is a play that broke off: killed, or an error of Ansible's.
_THROUGH = (0, 2, 4, 6)


def run(
    play: Play,
    home: Path,
    ended: Callable[[Outcome], None],
    began: Callable[[str, str], None] = lambda host, stage: None,
    tick: Callable[[], None] = lambda: None,
) -> int:
    """Run a play; returns Ansible's own status. `ended` and `began` are called from its thread.

    A host that a task before its stage failed on has failed: nothing more is done to it.
    Raises `WaslError` (WASL-ANSIBLE) where Ansible could not begin (a mistake in the inventory),
    or was ended before it was through.
    """
    outcomes = 0
    begun: set[tuple[str, str]] = set()

    def heard(event: Event) -> bool:
        nonlocal outcomes
        data = event.get("event_data", {})
        kind, host, stage = event.get("event"), str(data.get("host", "")), _stage(data)
        if kind in _FAILURES:
            stage = stage or _playbook(data)
        elif not stage:
            return True
        if kind == "runner_on_start":
            if (host, stage) not in begun:
                begun.add((host, stage))
                began(host, stage)
        elif kind in _ENDS:
            outcomes += 1
            ended(Outcome(host, stage, _ENDS[kind], data.get("res") or {}, _role(data)))
        return True

    with private_folder(home / "scratch", "ansible") as folder:
        thread, runner = ansible_runner.run_async(
            private_data_dir=str(folder),
            playbook=str(play.playbook),
            inventory=str(play.inventory),
            limit=play.limit or None,
            tags=",".join(play.tags) or None,
            extravars=dict(play.variables or {}),
            envvars=_environment(play),
            cmdline=_words(play),
            forks=play.forks,
            event_handler=heard,
            quiet=True,
            settings={"suppress_ansible_output": True},
        )
        _wait(thread, runner, tick)
        if runner.status == "canceled":
            raise KeyboardInterrupt
        if outcomes == 0 and runner.rc != 0:
            raise _not_begun(runner, play)
        if runner.rc not in _THROUGH:
            raise _cut_off(runner, play)
    return int(runner.rc or 0)


def _words(play: Play) -> str | None:
    """Further words of Ansible's command line."""
    key = ["--private-key", str(play.key)] if play.key is not None else []
    return shlex.join([*(["--check"] if play.check else []), *key]) or None


def hosts(inventory: Path) -> dict[str, dict[str, Any]]:
    """The inventory's hosts with their variables. Raises `WaslError` (WASL-ANSIBLE)."""
    if not inventory.exists():
        raise WaslError(
            "WASL-ANSIBLE",
            "there is no such inventory",
            where=str(inventory),
            hint="check the path; playbooks/inventory/example.yml shows what one looks like",
        )
    command = [_program("ansible-inventory"), "--inventory", str(inventory), "--list"]
    environment = {**os.environ, "PATH": _path(), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    error = done.stderr
    told = json.loads(done.stdout) if done.returncode == 0 else {}
    found = told.get("_meta", {}).get("hostvars", {})
    names = {host for group in told.values() for host in group.get("hosts", ())}
    if not names:
        reason = error.strip().splitlines()
        raise WaslError(
            "WASL-ANSIBLE",
            f"the inventory names no host{': ' + reason[-1] if reason else ''}",
            where=str(inventory),
            hint="see playbooks/inventory/example.yml",
        )
    return {host: found.get(host, {}) for host in sorted(names)}


def _wait(thread: threading.Thread, runner: Any, tick: Callable[[], None]) -> None:
    """Until it is over; Ctrl-C ends Ansible first, so that devices are not left to themselves."""
    try:
        while thread.is_alive():
            thread.join(0.2)
            tick()
    except KeyboardInterrupt:
        runner.cancel_callback = lambda: True
        runner.config.cancel_callback = lambda: True
        thread.join(30)
        raise
    tick()


def _stage(data: Event) -> str:
    """The stage a task is, or is a part of: the name of its playbook; roles are of `configure`."""
    if _role(data):
        return "configure"
    return _playbook(data) if data.get("task_action") == "wasl_stage" else ""


def _playbook(data: Event) -> str:
    return Path(str(data.get("task_path", ""))).name.split(".")[0].split(":")[0]


def _role(data: Event) -> str:
    return str(data.get("role") or "")


def _environment(play: Play) -> dict[str, str]:
    return {
        "PATH": _path(),
        "ANSIBLE_CONFIG": str(play.playbook.parent / "ansible.cfg"),
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "ANSIBLE_NOCOLOR": "1",
    }


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _path() -> str:
    """This Python's own Ansible comes first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def _cut_off(runner: Any, play: Play) -> WaslError:
    return WaslError(
        "WASL-ANSIBLE",
        f"Ansible was ended before it was through (status {runner.rc})",
        where=str(play.inventory),
        hint="run the same again: what is done is not done again, what was begun goes on",
    )


def _not_begun(runner: Any, play: Play) -> WaslError:
    said = runner.stdout.read() if runner.stdout else ""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    blamed = [line for line in lines if "ERROR" in line or "FAILED" in line]
    reason = next(reversed(blamed or lines), "")
    return WaslError(
        "WASL-ANSIBLE",
        f"Ansible could not begin: {reason[:300] or 'it said nothing'}",
        where=str(play.inventory),
        hint="ansible-inventory -i FILE --list shows how it reads the inventory",
    )
