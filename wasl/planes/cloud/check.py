"""The cloud plane's part of the one check: one country's state against what AWS lists."""

from __future__ import annotations

from collections.abc import Sequence

from infra.aws import model
from infra.aws.permissions import SERVICES
from wasl.planes.check import Place, Progress
from wasl.planes.cloud import live
from wasl.result import Finding, Message


def parts(_place: Place, _country: str) -> Sequence[str]:
    """A stack is looked at whole."""
    return ()


def load() -> None:
    """Have all in memory that the check of any country needs."""
    model.load(SERVICES)


def check(
    place: Place, country: str, _part: str, _progress: Progress
) -> tuple[Sequence[Finding], Sequence[Message]]:
    """How AWS differs from the state; reads alone, without engine, program or passphrase."""
    seen = live.check(place.root, place.home, country, place.environ)
    counts = {"compared": seen.compared, "secrets": seen.secrets, "calls": seen.calls}
    words = {"country": country, **{name: str(count) for name, count in counts.items()}}
    return seen.findings, (Message("check.looked", words),)
