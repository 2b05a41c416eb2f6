"""The Python language host: how the Pulumi engine runs Python programs and policy packs.

It serves `pulumirpc.LanguageRuntime` (Pulumi's sdk/proto/language.proto) on a loopback port that
it prints on its first line. A program is run by the SDK's own `pulumi-language-python-exec`. Used
only where the compiled `pulumi-language-python` is missing.

It never outlives its engine: it leaves at once on SIGINT and SIGTERM (the engine would otherwise
wait five seconds before it kills) and when its parent is gone, and takes its children with it.
"""

from __future__ import annotations

import json
import os
import platform
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import IO, Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import language_pb2, plugin_pb2

from infra.engine.children import Children

SERVICE = "pulumirpc.LanguageRuntime"
# The exit status by which a program says that it has already shown its error.
ERROR_ALREADY_SHOWN = 32
# Each running program or plug-in holds a worker; threads start only when they are needed.
WORKERS = 64
_SECONDS_BETWEEN_PARENT_CHECKS = 1.0


@dataclass(frozen=True)
class Host:
    """The service. `engine` is the engine's address, `runner` the SDK's program runner."""

    version: str
    runner: str
    engine: str
    children: Children = field(default_factory=Children)

    def run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run a program to its end. An error it has shown itself is answered by `bail`."""
        folder = request.info.program_directory or request.pwd
        environment = {
            **os.environ,
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        child = self.children.start(
            self.runner, self._arguments(request, folder), folder=folder, environment=environment
        )
        _end_with_call(child, context)
        status = self.children.wait(child)
        if status == ERROR_ALREADY_SHOWN or not context.is_active():
            return language_pb2.RunResponse(bail=True)
        error = f"the program ended with status {status}" if status else ""
        return language_pb2.RunResponse(error=error)

    def run_plugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a plug-in (a policy pack) until it ends or the call is cancelled; stream it."""
        folder = request.info.program_directory
        child = self.children.start(
            os.path.normpath(os.path.join(folder, request.info.entry_point)),
            list(request.args),
            folder=request.pwd or folder,
            environment={**os.environ, **dict(entry.split("=", 1) for entry in request.env)},
            piped=True,
        )
        _end_with_call(child, context)
        for name, data in _output(child):
            yield (
                language_pb2.RunPluginResponse(stdout=data)
                if name == "stdout"
                else language_pb2.RunPluginResponse(stderr=data)
            )
        yield language_pb2.RunPluginResponse(exitcode=self.children.wait(child))

    def _arguments(self, request: language_pb2.RunRequest, folder: str) -> list[str]:
        options = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "stack": request.stack,
            "organization": request.organization,
            "pwd": folder,
            "root_directory": request.info.root_directory,
            "dry_run": "true" if request.dryRun else "false",
            "parallel": str(request.parallel),
        }
        flags = [part for name, value in options.items() for part in (f"--{name}", value)]
        program = os.path.normpath(os.path.join(folder, request.info.entry_point))
        return [*flags, program, *request.args]


def serve(host: Host) -> tuple[grpc.Server, int]:
    """Start the service on a free loopback port; returns the server and the port."""
    server = grpc.server(ThreadPoolExecutor(WORKERS))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, _handlers(host)),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _handlers(host: Host) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
    """The methods served; the engine takes any other as not implemented, which it expects."""
    pb = language_pb2
    about = pb.AboutResponse(executable=sys.executable, version=platform.python_version())
    return {
        "Handshake": _constant(pb.LanguageHandshakeRequest, pb.LanguageHandshakeResponse()),
        "GetPluginInfo": _constant(empty_pb2.Empty, plugin_pb2.PluginInfo(version=host.version)),
        # Which provider plug-ins a program needs, the engine learns as the program asks for them.
        "GetRequiredPackages": _constant(
            pb.GetRequiredPackagesRequest, pb.GetRequiredPackagesResponse()
        ),
        "GetRequiredPlugins": _constant(
            pb.GetRequiredPluginsRequest, pb.GetRequiredPluginsResponse()
        ),
        "RuntimeOptionsPrompts": _constant(pb.RuntimeOptionsRequest, pb.RuntimeOptionsResponse()),
        "About": _constant(pb.AboutRequest, about),
        # The engine cancels the calls themselves as well; those end their children.
        "Cancel": _constant(empty_pb2.Empty, empty_pb2.Empty()),
        # The environment is the project's own (`make setup`): there is nothing to install.
        "InstallDependencies": grpc.unary_stream_rpc_method_handler(
            lambda request, context: iter(()), pb.InstallDependenciesRequest.FromString, _bytes
        ),
        "Run": grpc.unary_unary_rpc_method_handler(host.run, pb.RunRequest.FromString, _bytes),
        "RunPlugin": grpc.unary_stream_rpc_method_handler(
            host.run_plugin, pb.RunPluginRequest.FromString, _bytes
        ),
    }


def _constant(request: type[Message], answer: Message) -> grpc.RpcMethodHandler[Any, Any]:
    return grpc.unary_unary_rpc_method_handler(
        lambda _request, _context: answer, request.FromString, _bytes
    )


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()


def _end_with_call(child: subprocess.Popen[bytes], context: grpc.ServicerContext) -> None:
    if not context.add_callback(child.kill):  # the call was over before the child had started
        child.kill()


def _output(child: subprocess.Popen[bytes]) -> Iterator[tuple[str, bytes]]:
    """What the child writes, as it comes, until it has closed both streams."""
    chunks: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def pump(name: str, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), 65536):
            chunks.put((name, chunk))
        chunks.put((name, b""))

    streams = [("stdout", child.stdout), ("stderr", child.stderr)]
    for name, stream in streams:
        assert stream is not None
        threading.Thread(target=pump, args=(name, stream), daemon=True).start()
    still_open = len(streams)
    while still_open:
        name, chunk = chunks.get()
        if chunk:
            yield name, chunk
        else:
            still_open -= 1


def wait_for_end_of(parent: int) -> None:
    """Return when the process that started this one is gone."""
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(parent)
        except OSError:  # gone already, or a kernel without it
            descriptor = -1
        if descriptor >= 0 and os.getppid() == parent:
            select.select([descriptor], [], [])
            return
    while os.getppid() == parent:
        time.sleep(_SECONDS_BETWEEN_PARENT_CHECKS)


def _leave(children: Children) -> NoReturn:
    children.end_all()
    os._exit(0)


def main(arguments: Sequence[str]) -> NoReturn:
    """Serve until the engine says so or is gone: VERSION RUNNER [engine's flags] ENGINE-ADDRESS."""
    parent = os.getppid()
    version, runner, *rest = arguments
    host = Host(version, runner, engine=rest[-1] if rest else "")
    leave: Callable[..., NoReturn] = lambda *_signal: _leave(host.children)  # noqa: E731
    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    _server, port = serve(host)
    print(port, flush=True)
    wait_for_end_of(parent)
    leave()
