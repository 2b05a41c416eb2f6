"""How each kind of target is read and written: one adapter a kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from integrations.identity.apply import Sender
from integrations.identity.contract import Contract
from integrations.identity.feed import Feed, FeedSender
from integrations.identity.oneroster.rest import Rest
from integrations.identity.oneroster.send import RestSender
from integrations.identity.scim.mapping import CARRIED, EXTENDED
from integrations.identity.scim.reading import Known, read
from integrations.identity.scim.sending import ScimSender
from integrations.identity.scim.service import Service
from integrations.identity.snapshot import Snapshot
from integrations.identity.store import Store
from wasl.manifest.identity import RestTarget, ScimTarget
from wasl.planes.identity.setting import Progress, Setting
from wasl.planes.identity.tenancy import feed


class Connection(Protocol):
    """One target, connected. `memberships` says that enrolments are mere memberships there."""

    memberships: bool

    def carried(self, contract: Contract) -> Contract:
        """What of the contract it has a place for."""

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        """What it holds now."""

    def sender(self, store: Store, contract: Contract, progress: Progress) -> Sender:
        """What takes operations."""


class RestConnection:
    """OneRoster REST 1.1; what it holds may be read from its uploads instead."""

    memberships = False

    def __init__(self, rest: Rest, uploads: Feed | None) -> None:
        self.rest = rest
        self._held = uploads or rest

    def carried(self, contract: Contract) -> Contract:
        return contract

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        return self._held.snapshot(store, contract, progress)

    def sender(self, store: Store, contract: Contract, progress: Progress) -> Sender:
        return RestSender(self.rest)


class ScimConnection:
    """SCIM 2.0."""

    memberships = True

    def __init__(self, service: Service) -> None:
        self.service = service
        self._known = Known()

    def carried(self, contract: Contract) -> Contract:
        """Role and grades only where the service declares our extension."""
        fields = dict(CARRIED)
        if not self.service.offer.extension:
            fields["users"] = fields["users"] - EXTENDED
        return contract.within(fields)

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        return read(self.service, store, contract, self._known, progress)

    def sender(self, store: Store, contract: Contract, progress: Progress) -> Sender:
        return ScimSender(self.service, self._known)


class FeedConnection:
    """CSV 1.1 by the tenancy's bucket and queue."""

    memberships = False

    def __init__(self, feed: Feed, minutes: int) -> None:
        self.feed = feed
        self._minutes = minutes

    def carried(self, contract: Contract) -> Contract:
        return contract

    def snapshot(self, store: Store, contract: Contract, progress: Progress) -> Snapshot:
        return self.feed.snapshot(store, contract, progress)

    def sender(self, store: Store, contract: Contract, progress: Progress) -> Sender:
        folder = store.file("delivery/x").parent
        return FeedSender(self.feed, contract, folder, 60.0 * self._minutes, progress)


@contextmanager
def connected(setting: Setting) -> Iterator[Connection]:
    """The setting's target, for as long as it is used."""
    target = setting.target
    if isinstance(target, RestTarget):
        rest = Rest.open(target, setting.keys.given(target.secret_name))
        by_csv = target.reads == "csv"
        try:
            yield RestConnection(rest, feed(setting, target.prefix) if by_csv else None)
        finally:
            rest.http.close()
        return
    if isinstance(target, ScimTarget):
        secret = setting.keys.given(target.secret_name) if target.secret_name else None
        service = Service.open(target, secret)
        try:
            yield ScimConnection(service)
        finally:
            service.http.close()
        return
    yield FeedConnection(feed(setting, target.prefix), target.receipt_minutes)
