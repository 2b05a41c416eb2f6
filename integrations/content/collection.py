"""What is delivered: resources with their files at hand, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from integrations.content.classify import subject_names
from integrations.content.kinds import KINDS
from integrations.content.mirror.objects import Stored
from integrations.content.model import Encoding
from integrations.content.rules import Judged
from wasl.result import digest

OTHER = "other"
OTHER_NAMES: Mapping[str, str] = {"ar": "مواد أخرى", "fr": "Autres", "en": "Other subjects"}


@dataclass(frozen=True, slots=True)
class Item:
    """A resource, what was judged of it, and its files in the mirror."""

    judged: Judged
    files: tuple[tuple[Encoding, Stored], ...]

    @property
    def id(self) -> str:
        return self.judged.resource.id

    @property
    def size(self) -> int:
        """Bytes of all its files, as they lie on a device."""
        return sum(max(stored.size, stored.unpacked) for _file, stored in self.files)

    @property
    def subject(self) -> str:
        """The subject that it is shown under."""
        return self.judged.subjects[0] if self.judged.subjects else OTHER

    @property
    def fingerprint(self) -> str:
        """Changes with anything that is shown or delivered of it."""
        resource = self.judged.resource
        shown = [
            dict(resource.titles),
            dict(resource.descriptions),
            list(resource.languages),
            self.judged.licence.id,
            sorted(self.judged.levels.grades),
            list(self.judged.subjects),
            list(resource.creators),
            list(resource.publishers),
            [stored.sha256 for _file, stored in self.files],
        ]
        return digest(shown)[:32]


def by_subject(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Items under their subjects, in the vocabulary's order, the rest last; each by title."""
    shelves: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: (item.judged.resource.title("ar"), item.id)):
        shelves.setdefault(item.subject, []).append(item)
    order = [*subject_names(), OTHER]
    return {name: shelves[name] for name in order if name in shelves}


def subject_title(name: str, language: str) -> str:
    """The subject's name in `language`, else in English."""
    names = OTHER_NAMES if name == OTHER else subject_names()[name]
    return names.get(language, names["en"])


def attribution(item: Item) -> str:
    """Whom to credit: creators, else publishers, else the feed."""
    resource = item.judged.resource
    return ", ".join(resource.creators or resource.publishers or (resource.feed,))


def extension(stored: Stored) -> str:
    """The ending of a stored file's name."""
    return KINDS[stored.kind].extension


def total(items: Sequence[Item]) -> int:
    """Bytes of all different files."""
    return sum({s.sha256: s.size for item in items for _f, s in item.files}.values())
