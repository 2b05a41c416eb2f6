"""The sandbox's life: started, found running, stopped, started with all it knew, forgotten."""

from __future__ import annotations

import os
import shlex
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from infra.aws.model import Aws, Credentials
from infra.program import ROOT
from infra.sandbox import lifecycle, plugin
from infra.sandbox.account import SANDBOX_KEY
from infra.sandbox.coverage import OURS, operations
from infra.sandbox.home import Home, Record, load
from wasl.errors import WaslError
from wasl.processes import Process

pytestmark = pytest.mark.slow


def quiet(_text: str) -> None:
    """Progress that nobody looks at."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    place = Home(tmp_path / "a home")
    yield place
    lifecycle.stop(place)


def _ec2(record: Record) -> object:
    keys = Credentials(SANDBOX_KEY, SANDBOX_KEY)
    return Aws("eu-south-1", keys, record.endpoint, read_only=False).client("ec2")


def test_state_and_ports_survive_a_stop(home: Home) -> None:
    said: list[str] = []
    first = lifecycle.start(home, said.append)
    assert any("emulated AWS" in line for line in said)
    vpc = _ec2(first).create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]  # type: ignore[attr-defined]
    assert lifecycle.start(home, quiet) == first, "a second start starts nothing"
    assert lifecycle.stop(home)
    assert not lifecycle.status(home).running
    assert not first.server.alive if first.server else False
    second = lifecycle.start(home, quiet)
    assert (second.endpoint, second.provider_port) == (first.endpoint, first.provider_port)
    assert second.server != first.server
    there = _ec2(second).describe_vpcs(VpcIds=[vpc])["Vpcs"]  # type: ignore[attr-defined]
    assert [item["CidrBlock"] for item in there] == ["10.9.0.0/16"]


def test_only_its_own_processes_are_ended(home: Home) -> None:
    """A pid that now belongs to somebody else is left alone."""
    home.prepare()
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        other = Process(stranger.pid, Process.of(stranger.pid).started - 1)
        Record(1, 2, server=other, provider=other).save(home)
        assert not lifecycle.status(home).running
        assert not lifecycle.stop(home)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_says_what_to_do(home: Home) -> None:
    home.prepare()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        Record(port, port).save(home)
        with pytest.raises(WaslError) as caught:
            lifecycle.start(home, quiet)
    assert caught.value.code == "WASL-SANDBOX-PORT"
    assert str(port) in caught.value.what
    assert "wasl sandbox reset" in caught.value.hint
    assert load(home) == Record(port, port), "the record is as it was"


def test_a_server_that_cannot_start_is_quoted(home: Home) -> None:
    home.prepare()
    home.recording.mkdir()  # where a file belongs
    with pytest.raises(WaslError) as caught:
        lifecycle.start(home, quiet)
    assert caught.value.code == "WASL-SANDBOX-START"
    assert "recording.jsonl" in caught.value.what
    assert caught.value.where.endswith("server.log")


def test_the_environment_is_exports_alone(home: Home) -> None:
    with pytest.raises(WaslError) as caught:
        lifecycle.environment(home, ROOT)
    assert caught.value.code == "WASL-SANDBOX-STOPPED"
    lifecycle.start(home, quiet)
    variables = lifecycle.environment(home, ROOT)
    for name, value in variables.items():
        if name.endswith(("_HOME", "_FILE", "_URL")):
            assert str(home.wasl) in unquote(value), name
    assert home.passphrase.read_text().strip() not in str(variables)
    assert stat.S_IMODE(home.passphrase.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700


def test_a_shell_takes_the_environment(home: Home) -> None:
    """Blanks in WASL_HOME included; PATH is added to, not replaced."""
    lifecycle.start(home, quiet)
    environment = {**os.environ, "WASL_HOME": str(home.wasl)}
    ask = f"{shlex.quote(sys.executable)} -m wasl.cli.main sandbox env"
    script = f'eval "$({ask})"; echo "$PULUMI_BACKEND_URL"; pulumi version; cat --version'
    done = subprocess.run(
        ["sh", "-ec", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == home.backend
    assert done.stdout.splitlines()[1].startswith("v3.")


def test_a_reset_forgets_everything(home: Home) -> None:
    first = lifecycle.start(home, quiet)
    lifecycle.reset(home)
    assert not home.folder.exists()
    assert first.server is not None
    assert not first.server.alive
    assert lifecycle.status(home).record is None
    lifecycle.reset(home)  # nothing left to forget


def test_a_broken_record_can_be_reset(home: Home) -> None:
    home.prepare()
    home.record.write_text("{")
    with pytest.raises(WaslError, match="WASL-SANDBOX-RECORD"):
        lifecycle.status(home)
    lifecycle.reset(home)
    assert not home.folder.exists()


def test_the_real_plugin_is_used_where_it_is(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is linked into the sandbox's own Pulumi home; nothing stands in for it."""
    user = tmp_path / "user"
    folder = user / "plugins" / "resource-aws-v7.51.1"
    folder.mkdir(parents=True)
    (folder / "pulumi-resource-aws").write_text("")
    monkeypatch.setenv("PULUMI_HOME", str(user))
    assert plugin.real_plugin(home) == folder
    record = lifecycle.start(home, quiet)
    assert record.provider is None
    linked = home.pulumi / "plugins" / folder.name
    assert linked.resolve() == folder.resolve()
    variables = lifecycle.environment(home, ROOT)
    assert "PULUMI_DEBUG_PROVIDERS" not in variables
    assert str(folder) in "\n".join(lifecycle.described(home, lifecycle.status(home)))
    assert list(user.rglob("*")) == [user / "plugins", folder, folder / "pulumi-resource-aws"]


def test_coverage_tells_who_answers() -> None:
    by = {(item.service, item.name): item.by for item in operations()}
    assert by["sqs", "CreateQueue"] == "moto"
    assert by["account", "EnableRegion"] == OURS
    assert by["ec2", "DescribeVpcs"] == "moto"
