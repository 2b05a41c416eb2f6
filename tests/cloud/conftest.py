"""A sandbox of its own for the tests of the cloud plane, and `wasl` run against it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.program import ROOT
from infra.sandbox import lifecycle
from infra.sandbox.home import Home
from tests.cloud import program
from wasl.demo.__main__ import LEFT
from wasl.planes.cloud.progress import Board
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import resolve
from wasl.planes.cloud.work import Options, Worker

DRIVER = "tests.cloud.driver"


@dataclass(frozen=True)
class Cli:
    """`wasl` in a process of its own: on which sandbox, with which program, in which checkout."""

    home: Path
    module: str = DRIVER
    root: Path = ROOT

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", self.module, *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "PULUMI_HOME"}
        own = {"WASL_HOME": str(self.home), "PYTHONPATH": str(self.root)}
        return {**kept, **own, **more}

    def run(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(**(env or {})),
            input=text,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def ok(self, *arguments: str, status: int = 0, env: Mapping[str, str] | None = None) -> str:
        """Run it, hold it to an exit status, and return what it printed as its result."""
        done = self.run(*arguments, env=env)
        assert done.returncode == status, f"{arguments}: {done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout


def copied(place: Path) -> Path:
    """A copy of the checkout that may be changed, with what the cloud's verbs need of it."""
    left = shutil.ignore_patterns(*LEFT, "docs", "playbooks", "integrations")
    shutil.copytree(ROOT, place, ignore=left)
    (place / ".venv").symlink_to(ROOT / ".venv")
    return place


@pytest.fixture(scope="session")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """`wasl` with the small tenancy, on a running sandbox."""
    home = tmp_path_factory.mktemp("a cloud's home")  # a blank and a quote, for good measure
    wasl = Cli(home)
    wasl.ok("sandbox", "start", "--bare")
    yield wasl
    lifecycle.stop(Home(home))
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def stacks(cli: Cli) -> Stacks:
    """The stacks of that sandbox, for what is tested without a process of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lifecycle, "POLICIES", program.NO_POLICIES)
        target = resolve(ROOT, cli.home, {"PATH": os.environ["PATH"]})
    return Stacks(target, program.main)


def pulumi(cli: Cli, verb: str, name: str, *options: str) -> str:
    """Plain Pulumi at the root, as a user runs it after `wasl sandbox env`; what it printed."""
    variables = lifecycle.environment(Home(cli.home), cli.root)
    path = f"{variables['PATH']}:{os.environ['PATH']}"
    done = subprocess.run(
        ["pulumi", *verb.split(), "--stack", name, "--non-interactive", *options],
        cwd=cli.root,
        env=cli.environment(**{**variables, "PATH": path}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def clean(cli: Cli, name: str) -> None:
    """Hold plain Pulumi to finding nothing to do after it has read AWS anew."""
    pulumi(cli, "preview", name, "--refresh", "--expect-no-changes")


@dataclass
class Desk:
    """A worker on one stack in this process, and what it said."""

    worker: Worker
    name: str
    said: list[str]

    def up(self) -> None:
        self.worker.up(self.name)

    def destroy(self) -> None:
        self.worker.destroy(self.name)

    def clean(self) -> bool:
        """Whether AWS, state and description agree."""
        counts = self.worker.drift(self.name).counts
        return set(counts) == {"same"}


def desk(stacks: Stacks, name: str, options: Options | None = None) -> Desk:
    """A worker for one stack."""
    said: list[str] = []
    return Desk(Worker(stacks, Board([name]), said.append, options or Options()), name, said)
