"""The content plane's part of the one check: the last harvest beside what destinations hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from integrations.content.catalogue import Catalogue
from integrations.content.rules import PARTNER
from wasl.manifest.catalogue import load_country
from wasl.planes.check import Place, Progress
from wasl.planes.content.report import drift
from wasl.planes.content.setting import Setting, setting
from wasl.planes.content.work import plan
from wasl.result import Finding, Kind, Message, Severity


def parts(place: Place, country: str) -> Sequence[str]:
    """The destinations that the manifest names."""
    return load_country(place.root, country).countries[country].content.destinations


def check(
    place: Place, country: str, part: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """Where a destination differs from what it should hold; without a harvest, that is unknown."""
    chosen = setting(place.root, place.home, country, place.environ, read_only=True)
    if part:
        content = chosen.content.model_copy(update={"destinations": (part,)})
        chosen = replace(chosen, content=content)
    with chosen.reading() as catalogue:
        found = list(_unharvested(chosen, catalogue))
        made = plan(chosen, catalogue, progress, harvest=False)
        return [*found, *drift(made)], (*chosen.notes, *_by_its_word(chosen))


def _by_its_word(chosen: Setting) -> Iterator[Message]:
    """What is compared with nothing but what the other side says of itself."""
    if PARTNER in chosen.content.destinations:
        yield Message("WASL-CONTENT-PARTNER-WORD", {"partner": chosen.partner.name})


def _unharvested(chosen: Setting, catalogue: Catalogue) -> Iterator[Finding]:
    country = chosen.country
    for number, feed in enumerate(chosen.content.feeds):
        known = catalogue.count(feed.name) + catalogue.count(feed.name, deleted=True)
        if known or catalogue.state(feed.name).get("harvested"):
            continue
        words = {"feed": feed.name, "country": country.code}
        yield Finding(
            plane="content",
            country=country.code,
            target=feed.name,
            kind=Kind.UNREADABLE,
            severity=Severity.HIGH,
            type="feed",
            location=chosen.manifests.location(country.code, f"content.feeds.{number}"),
            message=Message("WASL-CONTENT-NEVER-HARVESTED", words),
        )
