"""Mistakes and misfortunes: each says what, where and what next; nothing is half-written."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.program import ROOT
from infra.sandbox import lifecycle
from infra.sandbox.home import Home, Record, load
from tests.cloud.conftest import Cli, copied
from tests.cloud.inventory import held, listed
from tests.cloud.kills import calls, engines_of
from wasl.planes.cloud.stacks import Stacks
from wasl.processes import wait_until

pytestmark = pytest.mark.slow
VERBS = ("plan", "up", "drift", "destroy")


def says(done: subprocess.CompletedProcess[str], code: str, status: int = 1) -> str:
    """Hold an answer to the house's form, and return it."""
    assert done.returncode == status, f"{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    assert re.search(rf"^{code}: .+", done.stderr, re.M), done.stderr
    assert re.search(r"^  next:  .+", done.stderr, re.M), done.stderr
    return done.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_an_unknown_country(cli: Cli, verb: str) -> None:
    told = says(cli.run(verb, "joo", "--yes"), "WASL-MANIFEST-UNKNOWN-COUNTRY")
    assert "did you mean jo?" in told


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout where one country's file is no YAML and another's has a wrong key."""
    place = copied(tmp_path_factory.mktemp("broken") / "wasl")
    with (place / "countries" / "sd.yaml").open("a") as file:
        file.write("more: [\n")
    text = (place / "countries" / "ye.yaml").read_text()
    (place / "countries" / "ye.yaml").write_text(text.replace("\nregion:", "\nregoin:"))
    return place


@pytest.mark.parametrize(
    ("verb", "name", "code", "words"),
    [
        ("plan", "sd", "WASL-MANIFEST-YAML", "not valid YAML"),
        ("up", "ye", "WASL-MANIFEST-MISSPELT-KEY", "did you mean region?"),
        ("destroy", "sd", "WASL-MANIFEST-YAML", "not valid YAML"),
    ],
)
def test_a_broken_manifest(
    cli: Cli, broken: Path, verb: str, name: str, code: str, words: str
) -> None:
    begun = calls(cli.home)
    told = says(replace(cli, root=broken).run(verb, name, "--yes"), code)
    assert words in told
    assert f"countries/{name}.yaml:" in told
    assert calls(cli.home) == begun, "nothing was done"


def test_no_country_is_wrong_usage(cli: Cli) -> None:
    assert "--all" in says(cli.run("plan"), "WASL-USAGE", status=64)


@pytest.mark.parametrize("named", [("sd",), ("--unprotect", "sd")])
def test_nobody_to_ask(cli: Cli, named: tuple[str, ...]) -> None:
    told = says(cli.run("destroy", *named), "WASL-USAGE", status=64)
    assert "everything of sd" in told
    assert "--yes" in told


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "drift"])
def test_no_target(tmp_path: Path, verb: str) -> None:
    told = says(Cli(tmp_path).run(verb, "jo", "--yes"), "WASL-TARGET-NONE")
    assert "wasl sandbox start" in told
    assert "PULUMI_BACKEND_URL" in told


def test_no_target_to_check(tmp_path: Path) -> None:
    """One plane that cannot be read is a finding, so that the others are told of too."""
    done = Cli(tmp_path).run("drift", "jo", "--plane", "cloud", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (done.returncode, finding["kind"]) == (1, "unreadable")
    assert "WASL-TARGET-NONE" in finding["text"]
    assert "wasl sandbox start" in finding["next"]


def test_the_sandbox_is_meant_and_stopped(tmp_path: Path) -> None:
    backend = Home(tmp_path).backend
    done = Cli(tmp_path).run("plan", "jo", env={"PULUMI_BACKEND_URL": backend})
    assert "wasl sandbox start" in says(done, "WASL-SANDBOX-STOPPED")
    assert "wasl sandbox start" in says(Cli(tmp_path).run("sandbox", "env"), "WASL-SANDBOX-STOPPED")


def test_half_of_the_sandboxs_variables(cli: Cli) -> None:
    """Its configuration would send what is meant for AWS to the sandbox, or the other way round."""
    mixed = {
        "PULUMI_BACKEND_URL": "s3://somewhere",
        "PULUMI_OPTION_CONFIG_FILE": str(Home(cli.home).configuration),
    }
    assert "unset" in says(cli.run("plan", "jo", env=mixed), "WASL-TARGET-MIXED")


def test_a_taken_port(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        Record(port, port).save(home)
        told = says(Cli(tmp_path).run("sandbox", "start"), "WASL-SANDBOX-PORT")
    assert str(port) in told
    assert load(home) == Record(port, port)


def test_a_wrong_passphrase(cli: Cli) -> None:
    home = Home(cli.home)
    right = home.passphrase.read_text()
    home.passphrase.write_text("something else\n")
    try:
        for verb in ("plan", "up", "destroy"):
            told = says(cli.run(verb, "sd", "--yes"), "WASL-CLOUD-PASSPHRASE")
            assert str(home.passphrase) in told
            assert right.strip() not in told
        report = json.loads(cli.run("drift", "sd", "--engine", "pulumi", "--format", "json").stdout)
    finally:
        home.passphrase.write_text(right)
    assert [(f["kind"], f["severity"]) for f in report["findings"]] == [("unreadable", "high")]


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_an_interruption(cli: Cli, stacks: Stacks, number: signal.Signals) -> None:
    """What is in flight is finished, what was left is said, and the next run goes on from there."""
    cli.ok("destroy", "tn", "--yes")
    cli.ok("destroy", "km", "--yes")
    begun = calls(cli.home)
    process = subprocess.Popen(
        cli.command("up", "tn", "km", "--width", "1", "--yes"),
        env=cli.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    while calls(cli.home) < begun + 3:
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert "WASL-INTERRUPTED" in told
    assert "up of km: not begun" in told
    assert "  next:  run the same command again" in told
    assert not engines_of(cli.home)
    cli.ok("up", "tn", "km", "--yes")
    cli.ok("plan", "tn", "km", "--refresh")
    for name in ("tn", "km"):
        assert held(stacks, name) == listed(stacks, name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that can be filled."""
    place = tmp_path / "small"
    place.mkdir()
    # A runner of CI is no root, but may become it.
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size=96m,uid={os.geteuid()},mode=700"
    command = [*root, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if shutil.which(command[0]) is None or subprocess.run(command, check=False).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    try:
        yield place
    finally:
        lifecycle.stop(Home(place))
        # The kernel may take a moment to let go of what the last process held.
        assert wait_until(lambda: subprocess.call([*root, "umount", str(place)]) == 0, 20)


def _fill(disk: Path, leave: int) -> Path:
    filler = disk / "filler"
    with filler.open("wb") as file:
        for _ in range(100):
            room = os.statvfs(disk)
            try:
                os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_bsize - leave)
            except OSError as error:  # the run wrote something meanwhile
                if error.errno != errno.ENOSPC:
                    raise
            else:
                return filler
    raise AssertionError("the disk could not be filled")


def _goes_on(wasl: Cli) -> None:
    wasl.ok("up", "jo", "--yes")
    wasl.ok("plan", "jo", "--refresh")
    wasl.ok("sandbox", "stop")
    wasl.ok("sandbox", "start", "--bare")
    wasl.ok("plan", "jo", "--refresh")


def test_a_run_does_not_begin_on_a_full_disk(small_disk: Path) -> None:
    wasl = Cli(small_disk)
    wasl.ok("sandbox", "start", "--bare")
    _fill(small_disk, 8 << 20)
    assert "make room" in says(wasl.run("up", "jo", "--yes"), "WASL-DISK-FULL")
    assert calls(small_disk) == 0


@pytest.mark.long
@pytest.mark.parametrize("left", [8 << 20, 0])
def test_a_disk_that_fills_up(small_disk: Path, left: int) -> None:
    """A run that is under way stops and says so; with room again the next goes on."""
    wasl = Cli(small_disk)
    wasl.ok("sandbox", "start", "--bare")
    process = subprocess.Popen(
        wasl.command("up", "jo", "--yes"),
        env=wasl.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    while calls(small_disk) < 4:
        assert process.poll() is None
        time.sleep(0.002)
    filler = _fill(small_disk, left)
    output, told = process.communicate(timeout=200)
    done = subprocess.CompletedProcess(process.args, process.returncode, output, told)
    says(done, "WASL-DISK-FULL")
    filler.unlink()
    _goes_on(wasl)
