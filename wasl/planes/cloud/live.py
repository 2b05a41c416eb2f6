"""The live check of one country: its state's checkpoint against what AWS lists.

Needs neither engine nor program nor passphrase: the state's place, and credentials that may read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.live.check import check as look
from infra.live.eyes import Eyes
from infra.live.found import Found
from infra.live.found import Report as Seen
from infra.live.state import State, parsed
from infra.policies.facts import FOUNDATION, Facts, facts
from wasl.errors import WaslError
from wasl.manifest.catalogue import Catalogue, load_country
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.buckets import bucket, state_of
from wasl.planes.cloud.paths import shown
from wasl.planes.cloud.severity import severity
from wasl.planes.cloud.target import backend
from wasl.result import Argument, Environment, Finding, Kind, Location, Message, by_severity
from wasl.tenancy import OUTPUT


@dataclass(frozen=True)
class Checked:
    """A country's findings, and how much was looked at.

    `compared` are resources of the state, `secrets` properties that were not compared, `calls`
    those made to AWS.
    """

    country: str
    findings: tuple[Finding, ...]
    compared: int = 0
    secrets: int = 0
    calls: int = 0


def check(root: Path, home: Path, country: str, environ: Mapping[str, str]) -> Checked:
    """Look at one stack, a country's or the foundation's. Changes nothing anywhere.

    What concerns this country alone (a torn state, credentials that AWS refuses) is a finding;
    raises where no backend is given at all, as `target.backend` does.
    """
    place = backend(home, environ)
    catalogue: Catalogue | None = None
    try:
        if country != FOUNDATION:
            catalogue = load_country(root, country)
        words = _Words(country, catalogue)
        state = _state(place, environ, country)
        if state is None or not state.resources:
            return Checked(country, (words.stack(Kind.UNAPPLIED, "cloud.never-applied"),))
        seen = _seen(state, facts(root, country))
    except WaslError as error:
        return Checked(country, (_Words(country, catalogue).unreadable(error),))
    found = [words.finding(item) for item in seen.found]
    found += words.unapplied(state)
    ordered = tuple(sorted(found, key=by_severity))
    return Checked(country, ordered, seen.compared, seen.secrets, sum(seen.sent.values()))


def _state(place: str, environ: Mapping[str, str], country: str) -> State | None:
    """The state of a stack; None where there is no such stack."""
    blobs = bucket(place, environ)
    if blobs is None:
        raise WaslError(
            "WASL-LIVE-BACKEND",
            "the live check reads states in files and in S3, and this backend is neither",
            where=place,
            hint="wasl drift --engine pulumi",
        )
    held = state_of(blobs, country)
    return parsed(held[1], f"{place}: {held[0]}") if held else None


def _seen(state: State, rules: Facts) -> Seen:
    try:
        accounts = {name: reader(inputs, Eyes) for name, inputs in state.providers.items()}
    except (BotoCoreError, ClientError) as error:
        raise WaslError(
            "WASL-LIVE-ACCOUNT",
            f"the account cannot be entered: {error}",
            where=f"stack {rules.stack}",
            hint="check network and credentials",
        ) from error
    return look(state, accounts, rules, whole=rules.stack != FOUNDATION)


@dataclass(frozen=True)
class _Words:
    """A country's findings in the house's shape."""

    country: str
    catalogue: Catalogue | None

    def finding(self, item: Found, message: str = "") -> Finding:
        """What was found, with its weight, its place in the manifest and its words."""
        was, now = shown(item.property, item.expected), shown(item.property, item.found)
        arguments: dict[str, Argument] = {
            "name": item.target.rpartition("::")[2],
            "type": item.type,
            "property": item.property,
            "expected": _json(was),
            "found": _json(now),
            "reason": item.reason,
        }
        return Finding(
            plane="cloud",
            country=self.country,
            target=item.target,
            kind=item.kind,
            severity=severity(item.type, item.property, item.kind),
            type=item.type,
            property=item.property,
            expected=was,
            found=now,
            environment=self._environment(),
            location=self._location(item),
            message=Message(message or _message(item), arguments),
            remedy=item.remedy or self._remedy(item.kind),
        )

    def stack(self, kind: Kind, message: str, **more: Any) -> Finding:
        """A finding on the stack as a whole, or on the `target` that it names."""
        return self.finding(Found(kind, **{"target": f"stack {self.country}", **more}), message)

    def unreadable(self, error: WaslError) -> Finding:
        """The whole stack could not be looked at."""
        reason = f"{error.code}: {error.what}"
        return self.stack(Kind.UNREADABLE, "", reason=reason, remedy=error.hint)

    def unapplied(self, state: State) -> list[Finding]:
        """What was described and not applied, as far as the state tells without the program."""
        found = [self.stack(Kind.UNAPPLIED, "cloud.interrupted", target=urn) for urn in state.open]
        if self.catalogue is None:
            return found
        applied = (state.outputs.get(OUTPUT) or {}).get("manifest_digest")
        described = self.catalogue.countries[self.country].digest
        if applied != described:
            moved: dict[str, Any] = {
                "property": "manifest_digest",
                "expected": described,
                "found": applied,
            }
            found.append(self.stack(Kind.UNAPPLIED, "cloud.manifest-moved", **moved))
        return found

    def _environment(self) -> Environment:
        return self.catalogue.countries[self.country].environment if self.catalogue else ""

    def _location(self, item: Found) -> Location | None:
        return self.catalogue.location(self.country, item.key) if self.catalogue else None

    def _remedy(self, kind: Kind) -> str:
        if kind is Kind.UNREADABLE:
            return f"mend what keeps AWS from answering, then: wasl drift {self.country}"
        if kind is Kind.UNAPPLIED:
            return f"wasl up {self.country}"
        return f"wasl up {self.country} --refresh"


def _message(item: Found) -> str:
    if item.kind in (Kind.UNREADABLE, Kind.RESIDENCY):
        return f"cloud.{item.kind.value}"
    return f"cloud.{item.kind.value}" + ("-property" if item.property else "")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
