"""What was found out, in the words of the house: changes, findings and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from integrations.content.collection import subject_title
from integrations.content.faults import finding
from integrations.content.rules import PARTNER, Judged
from integrations.content.selection import reasons
from wasl.messages import Language, say
from wasl.planes.content.destinations import destinations
from wasl.planes.content.partner import assumptions
from wasl.planes.content.work import Planned, unmirrored
from wasl.result import Action, Change, Finding, Kind, Location, Message, Severity

SHOWN = 200


def changes(made: Planned, language: Language, *, whole: bool) -> tuple[Change, ...]:
    """The steps at every destination, then what is held back and why; cut for people."""
    country = made.setting.country.code
    found = [
        Change(
            plane="content",
            country=country,
            target=f"{step.destination}/{step.resource}",
            action=step.action,
            reason=step.reason,
            after={"title": step.title} if step.title else {},
        )
        for step in made.steps
    ]
    found += _held(made, language)
    return tuple(found if whole else found[:SHOWN])


def _held(made: Planned, language: Language) -> Iterator[Change]:
    country = made.setting.country.code
    for judged in made.selection.held:
        why = "; ".join(say(message, language) for message in judged.held)
        yield Change("content", country, judged.id, Action.HOLD, why)
    for left in made.left:
        target = f"{left.destination}/{left.resource}"
        yield Change("content", country, target, Action.HOLD, say(left.reason, language))


def problems(made: Planned) -> Iterator[Finding]:
    """What could not be read, fetched or told."""
    country = made.setting.country.code
    for gathered in made.gathered:
        if gathered.fault:
            yield finding(
                country,
                gathered.feed,
                gathered.fault.message,
                kind=Kind.UNREADABLE,
                severity=Severity.HIGH,
                thing="feed",
            )
    for aside in made.quarantine:
        target = f"{aside.feed}/{aside.place}"
        yield finding(country, target, aside.fault.message, thing="record")
    for failed in made.failed:
        yield finding(
            country, failed.resource, failed.fault.message, thing="file", path=failed.location
        )
    yield from _blocked(made)
    for first, second in made.selection.alike:
        words = Message("WASL-CONTENT-ALIKE", {"other": first})
        yield finding(country, second, words, severity=Severity.LOW)


def _blocked(made: Planned) -> Iterator[Finding]:
    """Destinations of which it cannot be told what they should hold."""
    for name, message in made.blocked.items():
        yield finding(
            made.setting.country.code,
            name,
            message,
            kind=Kind.UNREADABLE,
            severity=Severity.HIGH,
            thing="destination",
        )


def _feed_line(made: Planned, name: str) -> Location:
    """The line that declares a feed; of the destinations for what no feed has any more."""
    names = [feed.name for feed in made.setting.content.feeds]
    key = f"content.feeds.{names.index(name)}" if name in names else "content.destinations"
    return made.setting.manifests.location(made.setting.country.code, key)


def notes(made: Planned, language: Language) -> Iterator[str]:
    """What must be known to judge the rest."""
    yield from (say(note, language) for note in made.setting.notes)
    for gathered in made.gathered:
        yield f"feed {gathered.feed}: {gathered.records:,} records read"
    passed, held = len(made.selection.passed), len(made.selection.held)
    yield f"{passed:,} resources may be delivered, {held:,} are held back"
    for code, count in reasons(made.selection):
        yield f"held back: {count:,} {say(Message(f'{code}.short'), language)}"
    for destination in destinations(made.setting):
        counts = Counter(step.action.value for step in made.of(destination.name))
        told = ", ".join(f"{count:,} to {action}" for action, count in sorted(counts.items()))
        yield f"{destination.name}: {told or 'as it should be'}"
    contract = made.setting.partner.content
    if PARTNER in made.setting.content.destinations and contract and assumptions(contract):
        guesses = ", ".join(assumptions(contract))
        words = {"partner": made.setting.partner.name, "parts": guesses}
        yield say(Message("check.assumed", words), language)
    if made.unfetched:
        missing = f"{made.unfetched:,}"
        yield f"files of {missing} resources are not here yet: apply fetches and checks them"
    guessed = sum(judged.resource.language_guessed for judged in made.selection.passed)
    if guessed:
        yield f"the language of {guessed:,} resources was guessed"
    lossy = sum(bool(judged.resource.losses) for judged in made.selection.passed)
    if lossy:
        yield f"{lossy:,} resources hold metadata that the model has no place for"


def drift(made: Planned) -> Iterator[Finding]:
    """Where destinations differ from what they should hold."""
    country = made.setting.country
    kinds = {
        Action.CREATE: (Kind.MISSING, "WASL-CONTENT-MISSING"),
        Action.UPDATE: (Kind.CHANGED, "WASL-CONTENT-CHANGED"),
        Action.DELETE: (Kind.UNMANAGED, "WASL-CONTENT-UNMANAGED"),
    }
    judged = (*made.selection.passed, *made.selection.held)
    feeds = {one.id: one.resource.feed for one in judged}
    for step in made.steps:
        kind, code = kinds[step.action]
        words = {
            "resource": step.resource,
            "destination": step.destination,
            "reason": step.reason,
        }
        # A resource that is held back and still out there is what the licence gate is against.
        severity = Severity.HIGH if step.action is Action.DELETE else Severity.MEDIUM
        yield finding(
            country.code,
            f"{step.destination}/{step.resource}",
            Message(code, words),
            kind=kind,
            severity=severity,
            expected=step.expected,
            found=step.found,
            location=_feed_line(made, feeds.get(step.resource, "")),
        )
    yield from _blocked(made)
    for destination in destinations(made.setting):
        yield from destination.damaged()
    for sha256, resource in unmirrored(made).items():
        yield finding(
            country.code,
            f"mirror/{sha256}",
            Message("WASL-CONTENT-MIRROR-FILE", {"file": sha256[:16], "resource": resource}),
            kind=Kind.MISSING,
            severity=Severity.HIGH,
            thing="file",
        )


def shown(made: Planned, language: Language) -> Iterator[str]:
    """Counts by language, level, subject, licence and kind of file, over what may be delivered."""
    passed = made.selection.passed
    yield f"{len(passed):,} resources"
    groups: dict[str, Iterable[str]] = {
        "language": (code for one in passed for code in one.resource.languages or ("unknown",)),
        "level": (grade for one in passed for grade in one.levels.grades or ("none",)),
        "subject": (_subject(one, language) for one in passed),
        "licence": (one.licence.id for one in passed),
    }
    for name, values in groups.items():
        for value, count in sorted(Counter(values).items(), key=lambda pair: (-pair[1], pair[0])):
            yield f"{name} {value}: {count:,}"
    files = {s.sha256: s for one in made.items.values() for item in one for _f, s in item.files}
    sizes: Counter[str] = Counter()
    for stored in files.values():
        sizes[stored.kind] += stored.size
    for kind, size in sorted(sizes.items()):
        yield f"size {kind}: {size / 1e6:,.1f} MB"


def _subject(judged: Judged, language: Language) -> str:
    return subject_title(judged.subjects[0] if judged.subjects else "other", language)
