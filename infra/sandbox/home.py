"""Where the sandbox keeps its things: all under WASL_HOME, nothing in the tree."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wasl.errors import WaslError
from wasl.files import write_atomically
from wasl.processes import Process

_VERSION = 1


@dataclass(frozen=True)
class Home:
    """The sandbox's folder and what lies in it."""

    wasl: Path

    @property
    def folder(self) -> Path:
        return self.wasl / "sandbox"

    @property
    def record(self) -> Path:
        """What runs, and on which ports."""
        return self.folder / "sandbox.json"

    @property
    def recording(self) -> Path:
        """The emulated AWS's memory."""
        return self.folder / "recording.jsonl"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.folder / "state"

    @property
    def pulumi(self) -> Path:
        """The sandbox's own PULUMI_HOME."""
        return self.folder / "pulumi"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    @property
    def configuration(self) -> Path:
        """The stack configuration that all stacks of the sandbox share."""
        return self.folder / "stack.yaml"

    @property
    def backend(self) -> str:
        """The backend's URL.

        Without side files for metadata: the engine writes those in place, and a kill in between
        leaves a state that it cannot read any more.
        """
        return f"file://{quote(str(self.state))}?metadata=skip"

    def prepare(self) -> None:
        """Make the folders, and a passphrase that is used nowhere else."""
        for folder in (self.folder, self.logs, self.state, self.pulumi):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.passphrase.exists():
            write_atomically(self.passphrase, secrets.token_urlsafe(32) + "\n", mode=0o600)


@dataclass(frozen=True)
class Record:
    """The sandbox's processes and the ports that were chosen once and are kept."""

    server_port: int
    provider_port: int
    server: Process | None = None
    provider: Process | None = None

    @property
    def endpoint(self) -> str:
        """The emulated AWS's URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def save(self, home: Home) -> None:
        """Write it where `load` finds it."""
        record = {"version": _VERSION, **asdict(self)}
        write_atomically(home.record, json.dumps(record, indent=2) + "\n", mode=0o600)


def load(home: Home) -> Record | None:
    """What was last written down; None where there is no sandbox."""
    if not home.record.exists():
        return None
    try:
        data = json.loads(home.record.read_text("utf-8"))
        if data.pop("version") != _VERSION:
            raise ValueError("another version")
        server, provider = _process(data.pop("server")), _process(data.pop("provider"))
        return Record(**data, server=server, provider=provider)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WaslError(
            "WASL-SANDBOX-RECORD",
            "the sandbox's record cannot be read",
            where=str(home.record),
            hint="wasl sandbox reset",
        ) from error


def _process(data: dict[str, Any] | None) -> Process | None:
    return Process(**data) if data else None
