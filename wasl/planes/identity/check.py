"""The identity plane's part of the one check: a roster beside what each target really holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wasl.errors import WaslError
from wasl.manifest.catalogue import load_country
from wasl.planes.check import Place, Progress, Unit, unreadable
from wasl.planes.identity.report import assumed, drift, problems, refused
from wasl.planes.identity.setting import Setting, setting
from wasl.planes.identity.work import planned
from wasl.result import Finding, Message


def check(
    place: Place, country: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """Where targets differ from the roster, and what is wrong with the roster, each once."""
    found: dict[str, Finding] = {}
    notes: list[Message] = []
    for name in targets(place, country):
        try:
            chosen = setting(place.root, place.home, country, name)
            found |= {one.fingerprint: one for one in _one(place, chosen, notes, progress)}
        except WaslError as error:
            told = unreadable(Unit(country, "identity"), error, name or "")
            found |= {one.fingerprint: one for one in told}
    return list(found.values()), notes


def targets(place: Place, country: str) -> list[str | None]:
    """The one asked for, else all; None where `setting` is to say what is missing."""
    if place.target is not None:
        return [place.target]
    described = load_country(place.root, country).countries[country].identity.targets
    return [target.name for target in described] or [None]


def _one(
    place: Place, chosen: Setting, notes: list[Message], progress: Progress
) -> Iterator[Finding]:
    with planned(chosen, place.roster, lambda what, rows: progress(what, rows, None)) as made:
        yield from problems(made)
        yield from drift(made)
        notes += [*assumed(chosen), *refused(made)]
