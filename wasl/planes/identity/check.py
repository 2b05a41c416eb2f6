"""The identity plane's part of the one check: a roster beside what each target really holds, and
the providers' sign-in metadata.
"""

from __future__ import annotations

from collections.abc import Sequence

from wasl.manifest.catalogue import load_country
from wasl.manifest.identity import SIGN_IN
from wasl.planes.check import Place, Progress
from wasl.planes.identity import sso
from wasl.planes.identity.report import assumed, drift, problems, refused
from wasl.planes.identity.setting import at_home, setting
from wasl.planes.identity.work import planned
from wasl.result import Finding, Message


def parts(place: Place, country: str) -> Sequence[str]:
    """The targets that the manifest names, and sign-in; or the one target asked for."""
    if place.target is not None:
        return (place.target,)
    described = load_country(place.root, country).countries[country].identity
    targets = [target.name for target in described.targets] if described.source else []
    return [*targets, SIGN_IN] if described.sso else targets


def check(
    place: Place, country: str, part: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """Where a target differs from the roster, what is wrong with the roster, or with sign-in."""
    if part == SIGN_IN:
        return [*sso.check(at_home(place.root, place.home, country))], ()
    chosen = setting(place.root, place.home, country, part or None, place.environ, read_only=True)
    with planned(chosen, place.roster, lambda what, rows: progress(what, rows, None)) as made:
        return [*problems(made), *drift(made)], [*assumed(chosen), *refused(made)]
