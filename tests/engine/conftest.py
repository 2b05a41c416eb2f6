"""A real engine on loopback files, a trivial program and policy pack, and fake programs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.engine import locate, lock

PROGRAM = """
import os, time
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Thing", name)
        self.register_outputs({})

Thing(os.environ.get("THING", "good"))
if pids := os.environ.get("PIDS"):
    open(pids + ".new", "w").write(f"{os.getpid()} {os.getppid()}")
    os.rename(pids + ".new", pids)
    time.sleep(60)
if how := os.environ.get("FAIL"):
    raise {"bug": ValueError, "mistake": pulumi.RunError}[how]("on purpose")
pulumi.export("said", pulumi.Config().get_secret("word"))
print("hello from the program")
"""
PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def check(args, report):
    if args.name == "bad":
        report("it is called bad")

PolicyPack(
    "trivial",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy("no-bad", "Nothing is called bad.", check)],
)
"""


@dataclass(frozen=True)
class Pulumi:
    """Plain `pulumi` on one stack of the trivial program."""

    engine: locate.Engine
    folder: Path
    environment: dict[str, str]

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """Start `pulumi` with its output captured."""
        return subprocess.Popen(
            [self.engine.pulumi, *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**os.environ, **self.environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, *arguments: str, **settings: str) -> tuple[int, str]:
        """Run `pulumi` to its end; its status and all it said."""
        process = self.start(*arguments, **settings)
        output, _ = process.communicate(timeout=120)
        return process.returncode, output


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> locate.Engine:
    """The engine of this machine, with a home of its own."""
    return locate.engine(tmp_path_factory.mktemp("engine-home"))


@pytest.fixture
def pulumi(tmp_path: Path, engine: locate.Engine) -> Pulumi:
    """A project with one fresh stack, in a file backend of its own."""
    folder, state = tmp_path / "program", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    (folder / "Pulumi.yaml").write_text("name: trivial\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    environment = {
        "PATH": os.pathsep.join([*map(str, engine.path_entries), os.environ["PATH"]]),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "used nowhere else",
    }
    command = Pulumi(engine, folder, environment)
    assert command("stack", "init", "one")[0] == 0
    return command


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A policy pack that refuses what is called bad."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (folder / "__main__.py").write_text(PACK)
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without an engine: an empty cache, and a PATH that holds one folder of fakes."""
    folder = tmp_path / "fakes"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def fake(path: Path, script: str) -> Path:
    """A program that a shell script stands for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def fake_pulumi(folder: Path, version: str) -> Path:
    """A `pulumi` that knows its version only."""
    return fake(folder / "pulumi", f"echo v{version}")


def cached_engine() -> Path:
    """An engine in the cache, with what a Python program needs."""
    fake(lock.cached_bin() / "pulumi-language-python-exec", "exit 0")
    return fake_pulumi(lock.cached_bin(), lock.engine_version())


def wait_until(true: Callable[[], bool], what: str) -> None:
    """Wait for something that must come; the limit is there for a broken program only."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
