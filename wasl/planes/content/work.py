"""The work itself: harvest, judge, fetch, compare, deliver. Nothing here prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from integrations.content.catalogue import Catalogue, Quarantined
from integrations.content.collection import Item
from integrations.content.compare import Step, Wanted, steps
from integrations.content.fetching import Failed, fetch
from integrations.content.gather import Gathered, gather
from integrations.content.kinds import kind_of
from integrations.content.mirror.bucket import FILES, file_key
from integrations.content.mirror.download import from_json
from integrations.content.rules import Judged, not_for, within_budget
from integrations.content.selection import Selection, select, without_same_files
from wasl.planes.content.destinations import Destination, destinations
from wasl.planes.content.setting import Progress, Setting
from wasl.result import Action, Message

HELD = "content.held"
"""The journal's verb for what destinations hold after a delivery."""


@dataclass(frozen=True)
class Left:
    """A resource that may be delivered and is not delivered to one destination."""

    destination: str
    resource: str
    reason: Message


@dataclass
class Planned:
    """All that was found out, and what is to be done at each destination."""

    setting: Setting
    gathered: list[Gathered]
    quarantine: list[Quarantined]
    selection: Selection
    withdrawn: frozenset[str] = frozenset()
    """What the feeds themselves took back."""
    failed: list[Failed] = field(default_factory=list)
    fetched: frozenset[str] = frozenset()
    """The digests of all files that are here, delivered or not."""
    left: list[Left] = field(default_factory=list)
    items: dict[str, list[Item]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    unfetched: int = 0
    observed: dict[str, Mapping[str, str]] = field(default_factory=dict)
    blocked: dict[str, Message] = field(default_factory=dict)
    """Destinations that get nothing now, since it cannot be told whether a withdrawal is meant."""

    def of(self, destination: str) -> list[Step]:
        """The steps at one destination."""
        return [step for step in self.steps if step.destination == destination]


def plan(
    setting: Setting, catalogue: Catalogue, progress: Progress, *, harvest: bool = True
) -> Planned:
    """What would be delivered, by what is known without fetching any file."""
    made = _judged(setting, catalogue, progress, harvest=harvest)
    pending: set[str] = set()
    items = []
    for judged in made.selection.passed:
        item, whole = _known(catalogue, judged)
        items.append(item)
        if not whole:
            pending.add(item.id)
    made.unfetched = len(pending)
    _compare(made, items, pending)
    return made


def prepare(setting: Setting, catalogue: Catalogue, progress: Progress) -> Planned:
    """As `plan`, with every file fetched and checked: what `carry_out` takes."""
    made = _judged(setting, catalogue, progress, harvest=True)
    setting.objects.clean()
    fetched = fetch(
        made.selection.passed,
        setting.content,
        setting.root,
        catalogue,
        setting.objects,
        setting.folder / "parts",
        lambda _what, done, of: progress("files", done, of),
        setting.web,
    )
    made.failed, made.fetched = list(fetched.failed), fetched.files
    _compare(made, list(fetched.items), set())
    return made


def carry_out(made: Planned, progress: Progress) -> list[str]:
    """Deliver what was prepared; the receipts. Each destination is a journalled unit of work."""
    setting, receipts = made.setting, []
    journal = setting.journal()
    _mirror(made, progress)
    for destination in destinations(setting):
        if destination.name in made.blocked or not destination.due(
            made.items[destination.name], made.of(destination.name)
        ):
            continue
        target = f"{setting.country.code}/{destination.name}"
        counts = _counts(made.of(destination.name))
        with journal.unit("content.deliver", target, **counts) as outcome:
            receipt = destination.deliver(made.items[destination.name], progress)
            outcome["receipt"] = receipt
        receipts.append(receipt)
    if receipts:
        journal.note(HELD, setting.country.code, **_held(made))
    if not made.blocked:
        _forget(made)
    return receipts


def _held(made: Planned) -> dict[str, object]:
    """How many resources each destination holds now, and how many there are, each counted once."""
    reached = {name: items for name, items in made.items.items() if name not in made.blocked}
    every = {item.id for items in reached.values() for item in items}
    counts = {name: len(items) for name, items in sorted(reached.items())}
    return {"resources": len(every), "destinations": counts}


def _judged(
    setting: Setting, catalogue: Catalogue, progress: Progress, *, harvest: bool
) -> Planned:
    gathered = []
    if harvest:
        gathered = gather(
            setting.content,
            setting.root,
            catalogue,
            now=datetime.now(UTC),
            progress=lambda feed, records: progress(feed, records, None),
            web=setting.web,
        )
    feeds = [feed.name for feed in setting.content.feeds]
    selection = select(catalogue.resources(feeds), setting.rules())
    made = Planned(
        setting,
        gathered,
        catalogue.quarantine(feeds),
        selection,
        catalogue.withdrawn(feeds),
    )
    made.observed = {one.name: one.observed() for one in destinations(setting)}
    return made


def _known(catalogue: Catalogue, judged: Judged) -> tuple[Item, bool]:
    """The item with what the mirror knows of its files, and whether that is all of them."""
    files = []
    for file in judged.resource.encodings:
        text = catalogue.file(judged.resource.feed, file.location)
        if text:
            files.append((file, from_json(text).stored))
    wanted = [file for file in judged.resource.encodings if kind_of(file)]
    return Item(judged, tuple(files)), len(files) == len(wanted)


def _compare(made: Planned, items: list[Item], pending: set[str]) -> None:
    kept, same = without_same_files(items)
    for destination in destinations(made.setting):
        name = destination.name
        made.left += [Left(name, item.id, reason) for item, reason in same]
        usable = _usable(made, destination, kept)
        made.items[name] = usable
        wanted = {
            item.id: Wanted(
                item.judged.resource.title(made.setting.country.languages[0].code),
                None if item.id in pending else destination.fingerprint(item),
            )
            for item in usable
        }
        gone = _WhyGone(made, name)
        found = steps(name, wanted, made.observed[name], gone)
        made.steps += found
        doubtful = [
            step.resource
            for step in found
            if step.action is Action.DELETE and gone.doubtful(step.resource)
        ]
        if doubtful:
            arguments = {"count": str(len(doubtful)), "first": doubtful[0]}
            made.blocked[name] = Message("WASL-CONTENT-DOUBTFUL", arguments)


def _usable(made: Planned, destination: Destination, items: list[Item]) -> list[Item]:
    """What a destination can use, within what it has room for."""
    fit = []
    for item in items:
        reason = not_for(item.judged, destination.group)
        if reason is None and destination.usable(item):
            fit.append(item)
        else:
            reason = reason or Message("WASL-CONTENT-NO-FILE")
            made.left.append(Left(destination.name, item.id, reason))
    if destination.budget is None:
        return fit
    sizes = {item.id: _size(item) for item in fit}
    inside, outside = within_budget(sizes, destination.budget, made.observed[destination.name])
    budget = {"budget": str(destination.budget // 1_000_000)}
    made.left += [
        Left(destination.name, name, Message("WASL-CONTENT-BUDGET", budget))
        for name in sorted(outside)
    ]
    return [item for item in fit if item.id in inside]


def _size(item: Item) -> int:
    """Its bytes; of a file that is not here yet what the feed declares."""
    known = {file.location for file, _stored in item.files}
    declared = (
        file.size or 0 for file in item.judged.resource.encodings if file.location not in known
    )
    return item.size + sum(declared)


class _WhyGone:
    """Why a resource that a destination holds is to be there no more."""

    def __init__(self, made: Planned, destination: str) -> None:
        self._reasons = {one.resource: one.fault.message for one in made.failed}
        self._reasons |= {
            one.resource: one.reason for one in made.left if one.destination == destination
        }
        self._reasons |= {judged.id: held(judged) for judged in made.selection.held}

        self._failed = {one.resource for one in made.failed if not one.kept}
        self._unheard = any(one.fault for one in made.gathered)
        self._withdrawn = made.withdrawn

    def doubtful(self, resource: str) -> bool:
        """Whether it is missing because something failed, and not because someone decided it."""
        if resource in self._failed:
            return True
        known = resource in self._reasons or resource in self._withdrawn
        return self._unheard and not known

    def __call__(self, resource: str) -> Message:
        return self._reasons.get(resource, Message("content.reason.withdrawn"))


def held(judged: Judged) -> Message:
    """Every reason for which a resource is held back."""
    return Message("content.reason.held", {"why": judged.held})


def _counts(found: list[Step]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for step in found:
        counts[step.action.value] = counts.get(step.action.value, 0) + 1
    return counts


def _mirror(made: Planned, progress: Progress) -> None:
    """Bring the files that are delivered into the bucket."""
    bucket = made.setting.bucket
    if bucket is None:
        return
    files = _files(made)
    lacking = bucket.lacking(
        FILES, {file_key(sha): (sha, size) for sha, (size, _) in files.items()}
    )
    for number, key in enumerate(sorted(lacking), 1):
        sha256 = key.rpartition("/")[2]
        bucket.put_file(sha256, made.setting.objects.path(sha256), files[sha256][1])
        progress("mirror", number, len(lacking))


def unmirrored(made: Planned) -> dict[str, str]:
    """Files of what destinations hold that the bucket lacks or has damaged, and whose they are.

    What a destination is still to get is not looked for: its files come with it.
    """
    bucket = made.setting.bucket
    if bucket is None:
        return {}
    coming = {(step.destination, step.resource) for step in made.steps}
    files = {
        stored.sha256: (stored.size, item.id)
        for name, items in made.items.items()
        for item in items
        if (name, item.id) not in coming
        for _file, stored in item.files
    }
    lacking = bucket.lacking(
        FILES, {file_key(sha): (sha, size) for sha, (size, _) in files.items()}
    )
    found = sorted(key.rpartition("/")[2] for key in lacking)
    return {sha256: files[sha256][1] for sha256 in found}


def _forget(made: Planned) -> None:
    """What is delivered nowhere any more is kept nowhere either: bucket first, then disk.

    On disk stays what may be delivered and has no place now: it would else be fetched at each run.
    """
    wanted, bucket = _files(made), made.setting.bucket
    if bucket is not None:
        bucket.forget(sha256 for sha256 in bucket.files() if sha256 not in wanted)
    for sha256 in list(made.setting.objects.all()):
        if sha256 not in wanted and sha256 not in made.fetched:
            made.setting.objects.remove(sha256)


def _files(made: Planned) -> dict[str, tuple[int, str]]:
    """Every file that is delivered anywhere: its bytes and its kind, by SHA-256."""
    return {
        stored.sha256: (stored.size, stored.kind)
        for items in made.items.values()
        for item in items
        for _file, stored in item.files
    }
