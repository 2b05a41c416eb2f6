"""The files of selected resources brought into the mirror; one that fails leaves the others."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from integrations.content.catalogue import Catalogue
from integrations.content.collection import Item
from integrations.content.faults import Fault, Refused
from integrations.content.kinds import kind_of
from integrations.content.mirror.download import Download, Known, as_json, from_json, take_in
from integrations.content.mirror.objects import Objects, Stored
from integrations.content.model import Encoding
from integrations.content.rules import Judged
from integrations.content.web import Web
from wasl.manifest.content import Content, FolderFeed, OaiFeed

Progress = Callable[[str, int, int], None]
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that could not be had, and why."""

    resource: str
    location: str
    fault: Fault
    kept: bool = False
    """Whether an earlier state of it is delivered meanwhile."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Items with all their usable files; those that lack one are missing here.

    `files` are the digests of all that is here of what was asked for, whole items or not.
    """

    items: tuple[Item, ...]
    failed: tuple[Failed, ...]
    files: frozenset[str]


def fetch(
    judged: Iterable[Judged],
    content: Content,
    root: Path,
    catalogue: Catalogue,
    objects: Objects,
    parts: Path,
    progress: Progress,
    web: Callable[[bool], Web] = Web,
) -> Fetched:
    """Fetch what is missing, ask conditionally for what is there.

    A resource one of whose files cannot be had is not delivered without it. What comes is written
    down as it comes, so that a slow file costs no other one's when the run is killed. Raises
    `WaslError` (WASL-DISK-FULL); what came until then is kept.
    """
    wanted = list(judged)
    work = _Work(content, root, objects, parts, web)
    done: dict[str, _Found] = {}
    known = {
        (one.resource.feed, file.location): catalogue.file(one.resource.feed, file.location)
        for one in wanted
        for file in one.resource.encodings
    }
    try:
        with closing(_as_they_come(wanted, work, known)) as coming:
            for number, (one, found) in enumerate(coming, 1):
                with catalogue.transaction():
                    for file, has in found.files:
                        catalogue.set_file(one.resource.feed, file.location, as_json(has))
                done[one.id] = found
                progress(one.id, number, len(wanted))
    finally:
        work.close()
    in_order = [(one, done[one.id]) for one in wanted]
    return Fetched(
        tuple(
            Item(one, tuple((file, has.stored) for file, has in found.files))
            for one, found in in_order
            if all(problem.kept for problem in found.failed)
        ),
        tuple(problem for _one, found in in_order for problem in found.failed),
        frozenset(has.stored.sha256 for _one, found in in_order for _file, has in found.files),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What could be had of one resource, and what could not."""

    files: list[tuple[Encoding, Known]]
    failed: list[Failed]


class _Work:
    """How each feed's files are reached."""

    def __init__(
        self,
        content: Content,
        root: Path,
        objects: Objects,
        parts: Path,
        web: Callable[[bool], Web],
    ) -> None:
        self._feeds = {feed.name: feed for feed in content.feeds}
        self._root, self._objects = root, objects
        self._largest = content.largest_file_mb * 1_000_000
        self._webs = {allow: web(allow) for allow in (False, True)}
        self._downloads = {
            allow: Download(client, objects, parts, self._largest)
            for allow, client in self._webs.items()
        }
        self._locks: dict[str, Lock] = {}
        self._outcomes: dict[tuple[str, Encoding], Known | Refused] = {}

    def get(self, feed: str, file: Encoding, known: Known | None) -> Known:
        """The file, fetched once a run however many resources name it.

        One at a time a location: what two wrote into the same part would be no file of anyone's.
        """
        with self._locks.setdefault(file.location, Lock()):
            if (feed, file) not in self._outcomes:
                try:
                    self._outcomes[feed, file] = self._get(feed, file, known)
                except Refused as refused:
                    self._outcomes[feed, file] = refused
            outcome = self._outcomes[feed, file]
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def _get(self, feed: str, file: Encoding, known: Known | None) -> Known:
        source = self._feeds[feed]
        if isinstance(source, FolderFeed):
            return self._local(self._root / source.path / file.location, file, known)
        assert isinstance(source, OaiFeed)
        return self._downloads[source.allow_private].fetch(file, known)

    def _local(self, path: Path, file: Encoding, known: Known | None) -> Known:
        """A file of a folder; one whose size and time are as they were is not read again."""
        try:
            stat = path.stat()
        except OSError as error:
            raise Refused("WASL-CONTENT-FILE-MISSING", file=file.location) from error
        state = f"{stat.st_size}:{stat.st_mtime_ns}"
        if known and known.modified == state and self.held(known):
            return known
        stored: Stored = take_in(self._objects, path, file, self._largest)
        return Known(stored, modified=state)

    def held(self, known: Known) -> Known | None:
        """`known` if its file is still in the mirror."""
        return known if self._objects.has(known.stored.sha256, known.stored.size) else None

    def close(self) -> None:
        for client in self._webs.values():
            client.close()


def _as_they_come(
    wanted: Iterable[Judged], work: _Work, known: Mapping[tuple[str, str], str]
) -> Generator[tuple[Judged, _Found]]:
    """Each resource as soon as its files are here; after an error nothing more is begun."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {pool.submit(_one, one, work, known): one for one in wanted}
        try:
            for future in as_completed(asked):
                yield asked[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _one(one: Judged, work: _Work, known: Mapping[tuple[str, str], str]) -> _Found:
    files, problems = [], []
    for file in one.resource.encodings:
        if not kind_of(file):
            continue
        text = known[one.resource.feed, file.location]
        try:
            found = work.get(one.resource.feed, file, from_json(text) if text else None)
            files.append((file, found))
        except Refused as refused:
            # What was good before stays as it is until something better is offered.
            kept = work.held(from_json(text)) if text else None
            if kept:
                files.append((file, kept))
            problems.append(Failed(one.id, file.location, refused.fault, kept is not None))
    return _Found(files, problems)
