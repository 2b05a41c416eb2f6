"""What was found out, in the words of the house: changes, findings and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from integrations.content.collection import subject_title
from integrations.content.faults import finding
from integrations.content.rules import PARTNER, Judged
from integrations.content.selection import reasons
from wasl.messages import Language
from wasl.planes.content.destinations import destinations
from wasl.planes.content.partner import assumptions
from wasl.planes.content.work import Planned, held, unmirrored
from wasl.report import told
from wasl.result import (
    Action,
    Argument,
    Change,
    Finding,
    Kind,
    Location,
    Message,
    Severity,
    Words,
)

SHOWN = 200


def changes(made: Planned, *, whole: bool) -> tuple[Change, ...]:
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
    found += _held(made)
    return tuple(found if whole else found[:SHOWN])


def _held(made: Planned) -> Iterator[Change]:
    country = made.setting.country.code
    for judged in made.selection.held:
        yield Change("content", country, judged.id, Action.HOLD, held(judged))
    for left in made.left:
        target = f"{left.destination}/{left.resource}"
        yield Change("content", country, target, Action.HOLD, left.reason)


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


def notes(made: Planned) -> Iterator[Message]:
    """What must be known to judge the rest."""
    yield from made.setting.notes
    for gathered in made.gathered:
        yield _note("read", feed=gathered.feed, count=f"{gathered.records:,}")
    passed, kept = len(made.selection.passed), len(made.selection.held)
    yield _note("judged", passed=f"{passed:,}", held=f"{kept:,}")
    for code, count in reasons(made.selection):
        yield _note("held", count=f"{count:,}", why=Message(f"{code}.short"))
    for destination in destinations(made.setting):
        counts = Counter(step.action.value for step in made.of(destination.name))
        told = tuple(
            _note("step", count=f"{count:,}", action=Message(f"action.{action}"))
            for action, count in sorted(counts.items())
        )
        yield _note("steps", destination=destination.name, counts=told or _note("no-steps"))
    contract = made.setting.partner.content
    if PARTNER in made.setting.content.destinations and contract and assumptions(contract):
        guesses = ", ".join(assumptions(contract))
        words = {"partner": made.setting.partner.name, "parts": guesses}
        yield Message("check.assumed", words)
    if made.unfetched:
        yield _note("unfetched", count=f"{made.unfetched:,}")
    guessed = sum(judged.resource.language_guessed for judged in made.selection.passed)
    if guessed:
        yield _note("guessed", count=f"{guessed:,}")
    lossy = sum(bool(judged.resource.losses) for judged in made.selection.passed)
    if lossy:
        yield _note("lossy", count=f"{lossy:,}")


def left_out(count: int) -> Message:
    """How many changes people are not shown."""
    return _note("left-out", count=f"{count:,}")


def _note(name: str, **arguments: Argument) -> Message:
    return Message(f"content.note.{name}", arguments)


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
        words: dict[str, Argument] = {
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


def shown(made: Planned, language: Language) -> Iterator[Message]:
    """Counts by language, level, subject, licence and kind of file, over what may be delivered."""
    passed = made.selection.passed
    yield _note("resources", count=f"{len(passed):,}")
    unknown, none = _note("unknown"), _note("none")
    groups: dict[str, Iterable[Words]] = {
        "language": (code for one in passed for code in one.resource.languages or (unknown,)),
        "level": (grade for one in passed for grade in one.levels.grades or (none,)),
        "subject": (_subject(one, language) for one in passed),
        "licence": (one.licence.id for one in passed),
    }
    for name, values in groups.items():
        counts = Counter(told(value, language) for value in values)
        for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            yield _note(name, value=value, count=f"{count:,}")
    files = {s.sha256: s for one in made.items.values() for item in one for _f, s in item.files}
    sizes: Counter[str] = Counter()
    for stored in files.values():
        sizes[stored.kind] += stored.size
    for kind, size in sorted(sizes.items()):
        yield _note("size", kind=kind, size=f"{size / 1e6:,.1f}")


def _subject(judged: Judged, language: Language) -> str:
    return subject_title(judged.subjects[0] if judged.subjects else "other", language)
