"""The language host by itself, spoken to in the engine's protocol."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from infra.engine import lock
from tests.engine.conftest import is_alive, wait_until

START = [sys.executable, "-I", str(lock.FOLDER / "start_host.py")]


@dataclass
class Running:
    """A started host and a connection to it."""

    process: subprocess.Popen[str]
    stub: language_pb2_grpc.LanguageRuntimeStub


def start(*flags: str) -> tuple[subprocess.Popen[str], int]:
    """A host started as its shim starts it, and its port."""
    process = subprocess.Popen(
        [START[0], *flags, *START[1:], "3.1.2", "no-runner", "127.0.0.1:1"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.fixture
def host() -> Iterator[Running]:
    """A running host, ended at the end."""
    process, port = start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Running(process, language_pb2_grpc.LanguageRuntimeStub(channel))
    process.kill()
    process.communicate()


def plugin(folder: Path, program: str, *arguments: str) -> language_pb2.RunPluginRequest:
    """The request to run a plug-in whose `__main__.py` is given."""
    (folder / "__main__.py").write_text(program)
    info = language_pb2.ProgramInfo(program_directory=str(folder), entry_point=".")
    environment = [*(f"{name}={value}" for name, value in os.environ.items()), "GREETING=a=b"]
    return language_pb2.RunPluginRequest(
        info=info, pwd=str(folder), args=arguments, env=environment
    )


SLEEPER = """
import os, time
open("pid.new", "w").write(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(60)
"""


def test_it_tells_its_version(host: Running) -> None:
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == "3.1.2"
    about = host.stub.About(language_pb2.AboutRequest())
    assert about.executable == sys.executable


def test_what_it_does_not_serve_is_answered_as_such(host: Running) -> None:
    with pytest.raises(grpc.RpcError) as error:
        host.stub.GenerateProgram(language_pb2.GenerateProgramRequest())
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_plug_in_is_streamed_to_its_end(host: Running, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("WORD = 'beside'\n")
    program = (
        "import os, sys, beside\n"
        "print(sys.argv[1:], os.environ['GREETING'], beside.WORD, sys.stdin.read())\n"
        "print('a complaint', file=sys.stderr)\n"
        "sys.exit(7)\n"
    )
    answers = list(host.stub.RunPlugin(plugin(tmp_path, program, "one", "two words")))
    assert b"".join(answer.stdout for answer in answers) == b"['one', 'two words'] a=b beside \n"
    assert b"".join(answer.stderr for answer in answers) == b"a complaint\n"
    assert answers[-1].WhichOneof("output") == "exitcode"
    assert answers[-1].exitcode == 7


def _sleeper(host: Running, folder: Path) -> tuple[Any, int]:
    call = host.stub.RunPlugin(plugin(folder, SLEEPER))
    wait_until((folder / "pid").exists, "the plug-in starts")
    return call, int((folder / "pid").read_text())


def test_a_cancelled_call_ends_its_plug_in_only(host: Running, tmp_path: Path) -> None:
    call, pid = _sleeper(host, tmp_path)
    call.cancel()
    wait_until(lambda: not is_alive(pid), "the plug-in ends")
    assert host.stub.GetPluginInfo(empty_pb2.Empty()).version == "3.1.2"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_its_plug_in(
    host: Running, tmp_path: Path, how: signal.Signals
) -> None:
    _call, pid = _sleeper(host, tmp_path)
    host.process.send_signal(how)
    assert host.process.wait(30) == 0
    wait_until(lambda: not is_alive(pid), "the plug-in ends")


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "host = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
        "host.stdout.readline()\n"
        "print(host.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, *START, "3.1.2", "no-runner", "127.0.0.1:1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        host = int(parent.stdout.readline())
        assert is_alive(host)
        parent.kill()
    wait_until(lambda: not is_alive(host), "the host ends")


def test_its_start_imports_the_protocol_but_not_the_sdk() -> None:
    process, _port = start("-X", "importtime")
    process.send_signal(signal.SIGINT)
    _output, imported = process.communicate()
    modules = {line.rpartition("|")[2].strip() for line in imported.splitlines()}
    assert "pulumi.runtime.proto.language_pb2" in modules
    assert not {name for name in modules if name.startswith("pulumi.")} & {
        "pulumi.resource",
        "pulumi.output",
        "pulumi.runtime.rpc",
    }
