"""A feed harvested by OAI-PMH 2.0: only what is new, page by page, from where it broke off.

The next harvest begins at the time of this one's first answer, less an overlap, since a record may
be stored after the moment that its datestamp names; what comes twice is written once. Withdrawals
follow the provider's policy (2.5.1): where it keeps none, or not for good, its identifiers are
listed and what is missing among them is withdrawn. A feed whose address, format or set is another
than last time is harvested from the start, and what does not come is withdrawn too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from integrations.content.catalogue import Catalogue
from integrations.content.faults import Refused
from integrations.content.harvested import Harvested
from integrations.content.metadata.dublin_core import read_dublin_core
from integrations.content.metadata.lom import read_lom
from integrations.content.model import Resource
from integrations.content.oai.pages import Record
from integrations.content.oai.provider import (
    Fetched,
    Identity,
    Provider,
    datestamp,
    parse_datestamp,
)
from integrations.content.withdrawals import withdraw_unlisted
from wasl.manifest.content import OaiFeed
from wasl.result import digest

RESTARTS = 5
OVERLAP = timedelta(hours=1)
SWEEP_EVERY = timedelta(days=7)
Progress = Callable[[str, int], None]

Reader = Callable[[etree._Element, str, str, str], Resource]
READERS: dict[str, Reader] = {"oai_dc": read_dublin_core, "lom": read_lom}


@dataclass(frozen=True, slots=True)
class Tally:
    """What a harvest did."""

    records: int = 0
    pages: int = 0
    restarts: int = 0
    swept: bool = False


def harvest(
    feed: OaiFeed,
    provider: Provider,
    catalogue: Catalogue,
    *,
    now: datetime,
    progress: Progress = lambda _feed, _records: None,
) -> Tally:
    """Bring the catalogue up to date with the feed.

    Raises `Refused` where the feed cannot be harvested to its end; what came until then is kept.
    """
    identity = provider.identify()
    run = _Run(feed, provider, catalogue, identity, now, progress)
    run.begin()
    with _two_threads():
        run.records()
    swept = _sweep_due(identity, catalogue.state(feed.name), now)
    if swept:
        run.sweep()
    with catalogue.transaction():
        catalogue.forget_unused_pages(feed.name)
    return Tally(run.count, run.pages, run.restarts, swept)


@dataclass
class _Run:
    feed: OaiFeed
    provider: Provider
    catalogue: Catalogue
    identity: Identity
    now: datetime
    progress: Progress
    count: int = 0
    pages: int = 0
    restarts: int = 0

    def begin(self) -> None:
        """Go on from the last state, unless it is of another source."""
        name, feed = self.feed.name, self.feed
        state = self.catalogue.state(name)
        source = digest([feed.url, feed.format, feed.prefix, feed.set])
        if state.get("source") == source:
            return
        with self.catalogue.transaction():
            self.catalogue.clear_listed(name)
            self.catalogue.empty_quarantine(name)
            self.catalogue.set_state(name, {"source": source, "afresh": bool(state)})

    def records(self) -> None:
        """ListRecords to its end, begun again where the provider forgot its token (3.5)."""
        name = self.feed.name
        while True:
            state = self.catalogue.state(name)
            try:
                for fetched in self.provider.pages(self._arguments("ListRecords", state)):
                    if fetched.page.error == "badResumptionToken" and state.get("token"):
                        raise _ForgottenTokenError
                    state = self._page(fetched, state)
                break
            except _ForgottenTokenError:
                self.restarts += 1
                if self.restarts > RESTARTS:
                    raise Refused(
                        "WASL-CONTENT-TOKENS", url=self.provider.url, times=RESTARTS
                    ) from None
                with self.catalogue.transaction():
                    self.catalogue.set_state(name, {**state, "token": ""})
        with self.catalogue.transaction():
            if state.get("afresh"):
                withdraw_unlisted(self.catalogue, self.feed)
            self.catalogue.set_state(name, self._finished(state))

    def sweep(self) -> None:
        """ListIdentifiers to its end; what it does not name is withdrawn.

        What it names again is given back: the harvest brings nothing that did not change meanwhile.
        """
        name = self.feed.name
        with self.catalogue.transaction():
            self.catalogue.clear_listed(name)
        for fetched in self.provider.pages(self._arguments("ListIdentifiers", {})):
            _refuse_errors(fetched)
            if fetched.page.list is None and not fetched.page.error:
                # What cannot be read of a list would be taken for withdrawn.
                raise Refused("WASL-CONTENT-XML", why="it is no list of identifiers")
            ids = [one.identifier for one in fetched.page.records() if not one.deleted]
            with self.catalogue.transaction():
                self.catalogue.add_listed(name, filter(None, ids))
        with self.catalogue.transaction():
            self.catalogue.give_back_listed(name)
            withdraw_unlisted(self.catalogue, self.feed)
            state = self.catalogue.state(name)
            self.catalogue.set_state(name, {**state, "swept": _text(self.now)})

    def _arguments(self, verb: str, state: dict[str, Any]) -> dict[str, str]:
        if state.get("token"):
            return {"verb": verb, "resumptionToken": str(state["token"])}
        arguments = {"verb": verb, "metadataPrefix": self.feed.prefix or self.feed.format}
        if self.feed.set:
            arguments["set"] = self.feed.set
        if state.get("from"):
            moment = datetime.fromisoformat(str(state["from"]))
            arguments["from"] = datestamp(moment, seconds=self.identity.seconds)
        return arguments

    def _page(self, fetched: Fetched, state: dict[str, Any]) -> dict[str, Any]:
        """Write a page and the checkpoint after it; one that breaks off is asked for again."""
        _refuse_errors(fetched)
        name = self.feed.name
        began = state.get("began") if state.get("token") or state.get("began") else None
        began = began or _text(self._moment(fetched))
        after = {**state, "token": fetched.page.token, "began": began}
        reader = READERS[self.feed.format]
        read = [_harvested(record, reader, name) for record in fetched.page.records()]
        with self.catalogue.transaction():
            self.catalogue.put(name, read, fetched.body)
            if state.get("afresh"):
                self.catalogue.add_listed(name, (one.id for one in read if not one.deleted))
            if not fetched.page.broken_off:
                self.catalogue.set_state(name, after)
        self.count += len(read)
        self.pages += 1
        self.progress(name, self.count)
        if fetched.page.broken_off:
            raise Refused("WASL-CONTENT-XML", why="it breaks off before its end")
        return after

    def _moment(self, fetched: Fetched) -> datetime:
        """When the list began: the provider's clock, never one that runs ahead of ours."""
        told = parse_datestamp(fetched.page.response_date)
        return min(told, self.now) if told else self.now

    def _finished(self, state: dict[str, Any]) -> dict[str, Any]:
        """The state between two harvests."""
        overlap = OVERLAP if self.identity.seconds else timedelta(days=1)
        began = datetime.fromisoformat(str(state["began"])) if state.get("began") else self.now
        kept = {key: value for key, value in state.items() if key in ("source", "swept")}
        return {**kept, "from": _text(began - overlap), "harvested": _text(self.now)}


@contextmanager
def _two_threads() -> Iterator[None]:
    """Let the fetching thread have the interpreter at once, each of the many times it asks."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


class _ForgottenTokenError(Exception):
    """The provider answered badResumptionToken."""


def _harvested(record: Record, read: Reader, feed: str) -> Harvested:
    identifier, modified, deleted, metadata, fault = record
    if deleted or metadata is None:
        return Harvested(identifier, modified, deleted=deleted, fault=fault)
    try:
        return Harvested(identifier, modified, read(metadata, identifier, feed, modified))
    except Refused as refused:
        return Harvested(identifier, modified, fault=refused.fault)


def _refuse_errors(fetched: Fetched) -> None:
    """Raise for any error but that nothing matches, which is an empty list (3.6)."""
    page = fetched.page
    if page.error and page.error != "noRecordsMatch":
        raise Refused("WASL-CONTENT-OAI-ERROR", error=page.error, message=page.message)


def _sweep_due(identity: Identity, state: dict[str, Any], now: datetime) -> bool:
    if identity.deletions == "persistent":
        return False
    last = state.get("swept")
    if identity.deletions == "no" or not last:
        return True
    return now - datetime.fromisoformat(str(last)) >= SWEEP_EVERY


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
