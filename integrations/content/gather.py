"""All feeds of a country brought into its catalogue; a feed that fails leaves the others alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from integrations.content.catalogue import Catalogue, compressed
from integrations.content.faults import Fault, Refused
from integrations.content.folder.reader import read_folder
from integrations.content.harvested import Harvested
from integrations.content.oai.harvest import harvest
from integrations.content.oai.provider import Provider
from integrations.content.web import Web
from integrations.content.withdrawals import withdraw_unlisted
from wasl.errors import WaslError
from wasl.manifest.content import Content, FolderFeed, OaiFeed

Progress = Callable[[str, int], None]
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Gathered:
    """What became of one feed: how many records were read, or why it could not be read."""

    feed: str
    records: int
    fault: Fault | None = None


def gather(
    content: Content,
    root: Path,
    catalogue: Catalogue,
    *,
    now: datetime,
    progress: Progress,
    only: str | None = None,
    web: Callable[[bool], Web] = Web,
) -> list[Gathered]:
    """Harvest every feed (or `only` one); relative folders are below `root`."""
    wanted = [feed for feed in content.feeds if only in (None, feed.name)]
    return [_one(feed, root, catalogue, now, progress, web) for feed in wanted]


def _one(
    feed: OaiFeed | FolderFeed,
    root: Path,
    catalogue: Catalogue,
    now: datetime,
    progress: Progress,
    web: Callable[[bool], Web],
) -> Gathered:
    try:
        if isinstance(feed, FolderFeed):
            return Gathered(feed.name, _folder(feed, root, catalogue, progress))
        with web(feed.allow_private) as client:
            provider = Provider(feed.url, client)
            tally = harvest(feed, provider, catalogue, now=now, progress=progress)
        return Gathered(feed.name, tally.records)
    except Refused as refused:
        return Gathered(feed.name, 0, refused.fault)
    except WaslError as error:
        if error.code == "WASL-DISK-FULL":
            raise
        what = {"feed": feed.name, "what": error.what, "where": error.where}
        return Gathered(feed.name, 0, Fault("WASL-CONTENT-FEED", what))


def _folder(feed: FolderFeed, root: Path, catalogue: Catalogue, progress: Progress) -> int:
    """A folder is read whole each time: what it has no more is withdrawn.

    All in one transaction, so that a table that breaks off in the middle withdraws nothing. Raises
    `Refused` (WASL-CONTENT-SWEEP) where it lists most of them no more.
    """
    count = 0
    with catalogue.transaction():
        catalogue.clear_listed(feed.name)
        catalogue.empty_quarantine(feed.name)
        for batch in _batches(read_folder(root / feed.path, feed.name)):
            # What cannot be read now is neither changed nor withdrawn.
            originals = compressed(b"\n".join(item.original for item in batch))
            catalogue.put(feed.name, batch, originals)
            catalogue.add_listed(feed.name, (item.id for item in batch))
            count += len(batch)
            progress(feed.name, count)
        withdraw_unlisted(catalogue, feed)
        catalogue.forget_unused_pages(feed.name)
    return count


def _batches(items: Iterable[Harvested]) -> Iterator[list[Harvested]]:
    iterator = iter(items)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
