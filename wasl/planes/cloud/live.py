"""The live check of one country: its state's checkpoint against what AWS lists.

Needs neither engine nor program nor passphrase: the state's place, and credentials that may read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.live.check import check as look
from infra.live.eyes import Eyes
from infra.live.found import Found
from infra.policies.facts import FOUNDATION, facts
from wasl.errors import WaslError
from wasl.planes.cloud.about import About, about
from wasl.planes.cloud.accounts import entered
from wasl.planes.cloud.states import Held, read
from wasl.planes.cloud.target import backend
from wasl.result import Finding, Kind, by_severity


@dataclass(frozen=True)
class Looked:
    """A country's findings, and how much was looked at.

    `compared` are resources of the state, `secrets` properties that were not compared, `calls`
    those made to AWS.
    """

    country: str
    findings: tuple[Finding, ...]
    compared: int = 0
    secrets: int = 0
    calls: int = 0


def check(root: Path, home: Path, country: str, environ: Mapping[str, str]) -> Looked:
    """Look at one stack, a country's or the foundation's. Changes nothing anywhere.

    What concerns this country alone (a torn state, credentials that AWS refuses) is a finding;
    raises where no backend is given at all, as `target.backend` does.
    """
    place = backend(home, environ)
    stack = About(country)
    try:
        stack = about(root, country)
        held = read(place, environ, country)
        if held is None or not held.size:
            never = stack.finding(Kind.UNAPPLIED, message="cloud.never-applied")
            return Looked(country, (never,))
        accounts = {
            name: entered(inputs, Eyes, f"stack {country}")
            for name, inputs in held.state.providers.items()
        }
        seen = look(held.state, accounts, facts(root, country), whole=country != FOUNDATION)
    except WaslError as error:
        reason = f"{error.code}: {error.what}"
        unread = stack.finding(Kind.UNREADABLE, reason=reason, remedy=error.hint)
        return Looked(country, (unread,))
    found = [*(_finding(stack, item) for item in seen.found), *unapplied(stack, held)]
    ordered = tuple(sorted(found, key=by_severity))
    return Looked(country, ordered, seen.compared, seen.secrets, sum(seen.sent.values()))


def unapplied(stack: About, held: Held) -> Iterator[Finding]:
    """What was described and not applied, as far as the state tells without the program."""
    for urn in held.state.open:
        yield stack.finding(Kind.UNAPPLIED, urn, message="cloud.interrupted")
    if stack.environment == "production" and held.unprotected:
        yield stack.finding(
            Kind.UNAPPLIED,
            path="deletionProtection",
            expected=True,
            found=False,
            message="cloud.unprotected",
        )
    elif stack.digest and stack.digest != held.manifest:
        yield stack.finding(
            Kind.UNAPPLIED,
            path="manifest_digest",
            expected=stack.digest,
            found=held.manifest or None,
            message="cloud.manifest-moved",
        )


def _finding(stack: About, item: Found) -> Finding:
    return stack.finding(
        item.kind,
        item.target,
        item.type,
        item.property,
        item.expected,
        item.found,
        key=item.key,
        reason=item.reason,
        remedy=item.remedy,
    )
