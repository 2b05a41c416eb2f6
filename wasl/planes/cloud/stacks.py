"""Stacks of a target: their names, their work directories, and how they are opened.

Each stack has a work directory of its own under WASL_HOME, because to select a stack changes the
directory's shared state, and to make one writes a file: neither may touch the checkout.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pulumi.automation import (
    CommandError,
    LocalWorkspace,
    OutputMap,
    Stack,
    StackAlreadyExistsError,
    UpdateSummary,
)
from pulumi.automation._stack import StackInitMode  # a public constructor's argument, not exported

from infra.sandbox.home import Home
from wasl.files import write_atomically
from wasl.planes.cloud.command import Calls, Command
from wasl.planes.cloud.failures import explained
from wasl.planes.cloud.target import Target

SALT = "encryptionsalt"
Program = Callable[[], Any]


class Workspace(LocalWorkspace):
    """One stack's work directory. Every command names its stack, so none is ever selected."""

    def select_stack(self, stack_name: str) -> None:
        pass


class Opened(Stack):
    """A stack that is run without the Automation API's three extra calls after each operation."""

    def outputs(self) -> OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary | None:
        return UpdateSummary("", None, "", {}, "", None, None, {})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Stacks:
    """The stacks of one target, run by one coordinator."""

    target: Target
    program: Program
    calls: Calls = field(default_factory=Calls)

    def open(self, name: str) -> Opened:
        """The stack `name`; that it exists is found out by the first command."""
        workspace = Workspace(
            work_dir=str(self._prepared(name)),
            program=self.program,
            pulumi_command=Command(self.target, name, self.calls),
        )
        # Not `Opened.select`: that makes a plain Stack, whatever class it is asked of.
        return Opened(name, workspace, StackInitMode.SELECT)

    def create(self, name: str) -> None:
        """Make the stack; fine if it is there already."""
        stack = self.open(name)
        try:
            stack.workspace.create_stack(name)
        except StackAlreadyExistsError:
            pass
        except CommandError as error:
            raise explained(error, self.target, name) from error

    def existing(self, any_stack: str) -> set[str]:
        """The names of all stacks of the target's backend."""
        command = Command(self.target, any_stack, self.calls)
        folder = self._prepared(any_stack)
        try:
            result = command.run(["stack", "ls", "--json"], str(folder), {})
        except CommandError as error:
            raise explained(error, self.target, any_stack) from error
        return {entry["name"] for entry in json.loads(result.stdout)}

    def create_missing(self, names: Iterable[str]) -> list[str]:
        """Make those that are not there yet; which they were.

        In the sandbox all share one configuration file and so one salt: the first stack makes it.
        """
        wanted = list(names)
        there = self.existing(wanted[0])
        missing = [name for name in wanted if name not in there]
        if missing:
            self.create(missing[0])
            self._share_salt(missing[0])
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            list(pool.map(self.create, missing[1:]))
        return missing

    def folder(self, name: str) -> Path:
        """The stack's work directory."""
        return self.target.work / name

    def _prepared(self, name: str) -> Path:
        folder = self.folder(name)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = yaml.safe_dump(_settings(self.target.root, folder, self.target.sandbox))
        project = folder / "Pulumi.yaml"
        if not project.exists() or project.read_text("utf-8") != settings:
            write_atomically(project, settings, mode=0o600)
        salt = _salt(Home(self.target.home).configuration) if self.target.sandbox else None
        if salt:
            write_atomically(_configuration(folder, name), yaml.safe_dump({SALT: salt}), mode=0o600)
        return folder

    def _share_salt(self, first: str) -> None:
        shared = Home(self.target.home).configuration
        salt = _salt(_configuration(self.folder(first), first))
        if self.target.sandbox and salt and not _salt(shared):
            known = yaml.safe_load(shared.read_text("utf-8"))
            write_atomically(shared, yaml.safe_dump({**known, SALT: salt}), mode=0o600)


def _settings(root: Path, folder: Path, sandbox: bool) -> dict[str, Any]:
    """The project's settings as a work directory needs them: the program runs in this process."""
    settings: dict[str, Any] = yaml.safe_load((root / "Pulumi.yaml").read_text("utf-8"))
    configurations = settings.pop("stackConfigDir", ".")
    settings["main"] = str(root / settings["main"])
    settings["runtime"] = "python"
    if not sandbox:
        settings["stackConfigDir"] = os.path.relpath(root / configurations, folder)
    return settings


def _configuration(folder: Path, name: str) -> Path:
    return folder / f"Pulumi.{name}.yaml"


def _salt(path: Path) -> str | None:
    if not path.exists():
        return None
    data = yaml.safe_load(path.read_text("utf-8")) or {}
    salt = data.get(SALT)
    return salt if isinstance(salt, str) else None
