"""How each kind of target is read and written: one adapter a kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from integrations.identity.apply import Sender
from integrations.identity.contract import Contract
from integrations.identity.oneroster.rest import Rest
from integrations.identity.oneroster.send import RestSender
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store
from wasl.errors import WaslError
from wasl.manifest.identity import RestTarget
from wasl.planes.identity.setting import Progress, Setting


class Connection(Protocol):
    """One target, connected."""

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        """What it holds now."""

    def sender(self) -> Sender:
        """What takes operations."""


class RestConnection:
    """OneRoster REST 1.1."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        return self.rest.snapshot(store, contract, progress)

    def sender(self) -> Sender:
        return RestSender(self.rest)


@contextmanager
def connected(setting: Setting) -> Iterator[Connection]:
    """The setting's target, for as long as it is used."""
    target = setting.target
    if isinstance(target, RestTarget):
        rest = Rest.open(target, setting.keys.given(target.secret_name))
        try:
            yield RestConnection(rest)
        finally:
            rest.http.close()
        return
    raise WaslError(
        "WASL-IDENTITY-TARGET",
        f"targets of kind {target.kind} cannot be reached yet",
        where=setting.place,
        hint="name a target of kind oneroster-rest",
    )
