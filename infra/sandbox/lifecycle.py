"""The sandbox's life: two detached processes, their ports, and the environment that uses them.

The emulated AWS and the stand-in provider run apart from the terminal that started them. What
happened in AWS survives a stop, since the server replays its recording; the ports are kept too,
because the state holds URLs.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from infra.engine.locate import engine
from infra.sandbox import plugin
from infra.sandbox.home import Home, Record, load
from infra.sandbox.service import Say, Service, free_ports
from wasl.errors import WaslError
from wasl.files import write_atomically
from wasl.processes import Process

PROVIDER = "infra.sandbox.provider.server"
POLICIES = Path("infra/policies")
SETTINGS = {
    "wasl:homeRegion": "eu-central-1",
    "wasl:ciIssuer": "token.actions.githubusercontent.com",
    "wasl:ciSubject": "repo:example/wasl:*",
}
"""What a real foundation is told by its own stack configuration."""


@dataclass(frozen=True)
class Status:
    """What runs, where, and with which provider."""

    record: Record | None
    real_plugin: Path | None

    @property
    def server(self) -> bool:
        """Whether the emulated AWS runs."""
        return self.record is not None and _alive(self.record.server)

    @property
    def provider(self) -> bool:
        """Whether a provider can be reached: the real one is started by the engine itself."""
        standing_in = self.record is not None and _alive(self.record.provider)
        return self.real_plugin is not None or standing_in

    @property
    def running(self) -> bool:
        return self.server and self.provider


def status(home: Home) -> Status:
    """What is there now. Starts and changes nothing."""
    return Status(load(home), plugin.real_plugin(home))


def start(home: Home, say: Say) -> Record:
    """Start what does not run yet; returns when all is ready.

    Raises WASL-SANDBOX-PORT where a kept port is taken, WASL-SANDBOX-START where a process ends.
    """
    home.prepare()
    with _alone(home):
        record = load(home) or _new()
        record.save(home)
        configure(home, record)
        if not _alive(record.server):
            record = replace(record, server=_server(home, record).start(say))
            record.save(home)
        real = plugin.real_plugin(home)
        if real is not None:
            plugin.link(home, real)
        elif not _alive(record.provider):
            record = replace(record, provider=_provider(home, record).start(say))
            record.save(home)
        return record


def stop(home: Home) -> bool:
    """End the sandbox's own processes, and no others; whether any ran. State is kept."""
    if not home.folder.exists():
        return False
    with _alone(home):
        return _stop(home)


def reset(home: Home) -> None:
    """End the sandbox and forget all of it: state, recording, ports and passphrase."""
    if not home.folder.exists():
        return
    with _alone(home):
        try:
            _stop(home)
        except WaslError as error:
            if error.code != "WASL-SANDBOX-RECORD":
                raise
        shutil.rmtree(home.folder)


def configure(home: Home, record: Record) -> None:
    """Write the stack configuration that all stacks share; what the engine added is kept."""
    known = yaml.safe_load(home.configuration.read_text("utf-8")) if _configured(home) else {}
    settings = {**known.get("config", {}), **SETTINGS, "wasl:endpoint": record.endpoint}
    wanted = {**known, "config": settings}
    if wanted != known:
        write_atomically(home.configuration, yaml.safe_dump(wanted), mode=0o600)


def environment(home: Home, root: Path) -> dict[str, str]:
    """What points Pulumi at the sandbox; PATH's new entries stand under `PATH`.

    Raises WASL-SANDBOX-STOPPED where it does not run.
    """
    now = status(home)
    if now.record is None or not now.running:
        raise stopped(home)
    found = engine(home.wasl)
    variables = {
        "PATH": ":".join(map(str, found.path_entries)),
        "PULUMI_HOME": str(home.pulumi),
        "PULUMI_BACKEND_URL": home.backend,
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(home.passphrase),
        "PULUMI_OPTION_CONFIG_FILE": str(home.configuration),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    variables |= policies(root)
    if now.real_plugin is None:
        variables["PULUMI_DEBUG_PROVIDERS"] = f"aws:{now.record.provider_port}"
    return variables


def policies(root: Path) -> dict[str, str]:
    """What has the engine hold each run to the checkout's policies."""
    pack = root / POLICIES
    return (
        {"PULUMI_OPTION_POLICY_PACK": str(pack)} if (pack / "PulumiPolicy.yaml").is_file() else {}
    )


def stopped(home: Home) -> WaslError:
    """The error that says how to start it."""
    return WaslError(
        "WASL-SANDBOX-STOPPED",
        "the sandbox is not running",
        where=str(home.folder),
        hint="wasl sandbox start",
    )


def described(home: Home, now: Status) -> list[str]:
    """The status in lines for people."""
    record = now.record
    if record is None:
        return [f"no sandbox under {home.folder}", "  next:  wasl sandbox start"]
    words = {True: "runs", False: "stopped"}
    provider = (
        f"the real plugin, {now.real_plugin}"
        if now.real_plugin
        else f"wasl's stand-in, {words[now.provider]}, port {record.provider_port}"
    )
    return [
        f"emulated AWS  {words[now.server]}, {record.endpoint}",
        f"aws provider  {provider}",
        f"state         {home.backend}",
        f"logs          {home.logs}",
    ] + ([] if now.running else ["  next:  wasl sandbox start"])


def _new() -> Record:
    server, provider = free_ports(2)
    return Record(server, provider)


def _server(home: Home, record: Record) -> Service:
    return Service(
        name="the emulated AWS",
        module="infra.sandbox.server",
        port=record.server_port,
        log=home.logs / "server.log",
        ready="ready",
        arguments=("--home", str(home.folder)),
    )


def _provider(home: Home, record: Record) -> Service:
    return Service(
        name="the stand-in provider",
        module=PROVIDER,
        port=record.provider_port,
        log=home.logs / "provider.log",
        ready=str(record.provider_port),
    )


def _stop(home: Home) -> bool:
    record = load(home)
    if record is None:
        return False
    running = [process for process in (record.provider, record.server) if _alive(process)]
    for process in running:
        assert process is not None
        process.end()
    replace(record, server=None, provider=None).save(home)
    return bool(running)


def _alive(process: Process | None) -> bool:
    return process is not None and process.alive


def _configured(home: Home) -> bool:
    return home.configuration.exists() and home.configuration.stat().st_size > 0


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Two terminals do not start, stop or forget the sandbox at once."""
    with (home.wasl / "sandbox.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
