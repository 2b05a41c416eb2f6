"""Which of a catalogue's resources are to be delivered, and why the others are not.

Duplicates are told by identifier across feeds, then by their files' checksums; a like title is
only ever a suggestion. The feed that stands first in the manifest provides the resource.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from integrations.content.collection import Item
from integrations.content.model import Resource
from integrations.content.rules import Judged, Rules, judge
from wasl.language import fold
from wasl.result import Message

_IDENTIFYING = re.compile(
    r"^(?:https?://\S+|(?:doi:|hdl:|urn:|isbn[: ])\S.*|10\.\d{4,9}/\S+)$", re.IGNORECASE
)


@dataclass
class Selection:
    """Every resource of a catalogue, judged: those that pass, those that are held, suggestions."""

    passed: list[Judged] = field(default_factory=list)
    held: list[Judged] = field(default_factory=list)
    alike: list[tuple[str, str]] = field(default_factory=list)
    """Pairs of ids whose titles are the same when folded."""


def select(resources: Iterable[Resource], rules: Rules) -> Selection:
    """Judge them all; `resources` come feed by feed in the manifest's order."""
    selection, known = Selection(), _Known()
    titles: dict[tuple[str, str], str] = {}
    for resource in resources:
        judged = judge(resource, rules)
        other = known.other(resource)
        if other is not None:
            reason = Message("WASL-CONTENT-DUPLICATE", {"other": other})
            judged = replace(judged, held=(reason, *judged.held))
        if judged.held:
            selection.held.append(judged)
            continue
        selection.passed.append(judged)
        for key in _title_keys(resource):
            twin = titles.setdefault(key, resource.id)
            if twin != resource.id:
                selection.alike.append((twin, resource.id))
    return selection


def without_same_files(items: Iterable[Item]) -> tuple[list[Item], list[tuple[Item, Message]]]:
    """Items whose files are not those of an earlier one, and the others with the reason."""
    kept: list[Item] = []
    held: list[tuple[Item, Message]] = []
    seen: dict[tuple[str, ...], str] = {}
    for item in items:
        files = tuple(sorted(stored.sha256 for _file, stored in item.files))
        other = seen.setdefault(files, item.id) if files else item.id
        if other == item.id:
            kept.append(item)
        else:
            held.append((item, Message("WASL-CONTENT-SAME-FILES", {"other": other})))
    return kept, held


def reasons(selection: Selection) -> list[tuple[str, int]]:
    """How many resources are held for each reason (message id), the most frequent first."""
    counts = Counter(message.id for judged in selection.held for message in judged.held)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


class _Known:
    """Identifiers of the feeds before this one, each with the resource that it stands for."""

    def __init__(self) -> None:
        self._feed = ""
        self._before: dict[str, str] = {}
        self._now: dict[str, str | None] = {}

    def other(self, resource: Resource) -> str | None:
        """The resource of an earlier feed that this one is, if it is one."""
        if resource.feed != self._feed:
            # What several resources of one feed share (a publisher's address) identifies none.
            self._before |= {key: name for key, name in self._now.items() if name is not None}
            self._feed, self._now = resource.feed, {}
        keys = list(_keys(resource))
        other = next((self._before[key] for key in keys if key in self._before), None)
        for key in keys:
            self._now[key] = other or resource.id if key not in self._now else None
        return other


def _keys(resource: Resource) -> Iterator[str]:
    yield f"id {resource.id}"
    for text in dict.fromkeys(resource.identifiers):
        if _IDENTIFYING.match(text):
            yield text.casefold().removesuffix("/").replace("http://", "https://")


def _title_keys(resource: Resource) -> Iterator[tuple[str, str]]:
    for language, title in resource.titles.items():
        folded = fold(title)
        if folded:
            yield language, folded
