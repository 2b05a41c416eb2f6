"""The identity plane's part of the one check: a roster beside what each target really holds."""

from __future__ import annotations

from collections.abc import Sequence

from wasl.manifest.catalogue import load_country
from wasl.planes.check import Place, Progress
from wasl.planes.identity.report import assumed, drift, problems, refused
from wasl.planes.identity.setting import setting
from wasl.planes.identity.work import planned
from wasl.result import Finding, Message


def parts(place: Place, country: str) -> Sequence[str]:
    """The targets that the manifest names, or the one asked for."""
    if place.target is not None:
        return (place.target,)
    described = load_country(place.root, country).countries[country].identity.targets
    return [target.name for target in described]


def check(
    place: Place, country: str, part: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """Where a target differs from the roster, and what is wrong with the roster."""
    chosen = setting(place.root, place.home, country, part or None, place.environ, read_only=True)
    with planned(chosen, place.roster, lambda what, rows: progress(what, rows, None)) as made:
        return [*problems(made), *drift(made)], [*assumed(chosen), *refused(made)]
