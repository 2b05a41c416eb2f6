"""A country's rules: for each resource and destination a decision, and why.

Pure: a catalogue's resources and what the manifest says in, decisions out. Nothing is left out
without a reason, and what a file turns out to be when it arrives is judged in `arrivals`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from integrations.content.classify import Levels, levels, subjects
from integrations.content.kinds import KINDS, kind_of
from integrations.content.licences import Licence, allowed, read_licence
from integrations.content.model import Encoding, Resource
from wasl.language import GradeTable
from wasl.manifest.content import Content
from wasl.result import Message

DEVICES, PARTNER = "devices", "partner"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a country asks for: its content section, completed by what else is known of it."""

    content: Content
    languages: frozenset[str]
    table: GradeTable
    excluded: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Content, languages: Iterable[str], table: GradeTable) -> Rules:
        """The rules; the country's own `languages` hold where the section names none."""
        return cls(
            content,
            frozenset(content.languages or languages),
            table,
            {exclusion.resource: exclusion.reason for exclusion in content.exclusions},
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A resource with all that the rules made of it."""

    resource: Resource
    licence: Licence
    levels: Levels
    subjects: tuple[str, ...]
    held: tuple[Message, ...]
    """Why it goes nowhere; empty when it may be delivered."""

    @property
    def id(self) -> str:
        return self.resource.id


def judge(resource: Resource, rules: Rules) -> Judged:
    """The resource under the country's rules, all reasons against it at once."""
    licence = read_licence(resource.rights)
    graded, known = levels(resource, rules.table), subjects(resource).known
    held = (
        *_exclusion(resource, rules),
        *_licence(licence, rules),
        *_language(resource, rules),
        *_level(graded, rules),
        *_subject(known, rules),
    )
    return Judged(resource, licence, graded, known, held)


def files_for(judged: Judged, destination: str) -> tuple[Encoding, ...]:
    """The files of a resource that a destination can use, by their declared kinds."""
    usable = (file for file in judged.resource.encodings if kind_of(file))
    if destination == DEVICES:
        return tuple(file for file in usable if KINDS[kind_of(file)].offline)
    return tuple(usable)


def not_for(judged: Judged, destination: str) -> Message | None:
    """Why a resource that may be delivered has nothing for this destination."""
    if destination == DEVICES and not files_for(judged, DEVICES):
        return Message("WASL-CONTENT-NO-FILE")
    if destination == PARTNER and not files_for(judged, PARTNER) and not links(judged.resource):
        return Message("WASL-CONTENT-NO-LINK")
    return None


def links(resource: Resource) -> tuple[str, ...]:
    """Where the resource is found on the web: what is no file that is fetched is linked to."""
    pages = (file.location for file in resource.encodings if not kind_of(file))
    found = dict.fromkeys((*resource.identifiers, resource.id, *pages))
    return tuple(link for link in found if link.startswith(("https://", "http://")))


def within_budget(
    sizes: Mapping[str, int], budget: int, keep: Iterable[str] = ()
) -> tuple[frozenset[str], frozenset[str]]:
    """Which resources fit into `budget` bytes, and which do not.

    What is there already stays as long as it fits; then the smaller come first, so that the most
    resources fit. The same input gives the same answer.
    """
    kept = frozenset(keep)
    order = sorted(sizes, key=lambda name: (name not in kept, sizes[name], name))
    fitting, used = set(), 0
    for name in order:
        if used + sizes[name] <= budget:
            fitting.add(name)
            used += sizes[name]
    return frozenset(fitting), frozenset(sizes) - fitting


def _exclusion(resource: Resource, rules: Rules) -> Iterable[Message]:
    reason = rules.excluded.get(resource.id)
    return [Message("WASL-CONTENT-EXCLUDED", {"reason": reason})] if reason else []


def _licence(licence: Licence, rules: Rules) -> Iterable[Message]:
    if allowed(licence, rules.content.licences):
        return []
    said = {"said": licence.said[:120], "licence": licence.id}
    code = "FORBIDDEN" if licence.state == "known" else licence.state.upper()
    return [Message(f"WASL-CONTENT-LICENCE-{code}", said)]


def _language(resource: Resource, rules: Rules) -> Iterable[Message]:
    if not resource.languages:
        return [Message("WASL-CONTENT-LANGUAGE-UNKNOWN")]
    if rules.languages.isdisjoint(resource.languages):
        return [Message("WASL-CONTENT-LANGUAGE", {"found": ", ".join(resource.languages)})]
    return []


def _level(graded: Levels, rules: Rules) -> Iterable[Message]:
    wanted = frozenset(rules.content.levels)
    if not wanted or wanted & graded.grades:
        return []
    if graded.grades:
        return [Message("WASL-CONTENT-LEVEL", {"found": ", ".join(sorted(graded.grades))})]
    if graded.unknown:
        return [Message("WASL-CONTENT-LEVEL-UNKNOWN", {"found": "; ".join(graded.unknown)[:120]})]
    return [Message("WASL-CONTENT-NO-LEVEL")] if rules.content.unclassified == "hold" else []


def _subject(known: tuple[str, ...], rules: Rules) -> Iterable[Message]:
    wanted = frozenset(rules.content.subjects)
    if not wanted or wanted & set(known):
        return []
    if known:
        return [Message("WASL-CONTENT-SUBJECT", {"found": ", ".join(known)})]
    return [Message("WASL-CONTENT-NO-SUBJECT")] if rules.content.unclassified == "hold" else []
