"""What all findings on one stack of the cloud have in common, in the house's shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wasl.manifest.catalogue import load_country
from wasl.planes.check import FOUNDATION
from wasl.planes.cloud.severity import severity
from wasl.planes.cloud.shown import shown
from wasl.result import Argument, Environment, Finding, Kind, Location, Message, Words


@dataclass(frozen=True)
class About:
    """The stack that findings are about, where its manifest's keys stand, and its digest."""

    stack: str
    environment: Environment = ""
    locate: Callable[[str], Location | None] = lambda _key: None
    digest: str = ""

    def finding(
        self,
        kind: Kind,
        target: str = "",
        token: str = "",
        path: str = "",
        expected: object = None,
        found: object = None,
        *,
        key: str = "",
        message: str = "",
        reason: Words = "",
        remedy: str = "",
    ) -> Finding:
        """A finding on a resource, or on the whole stack where there is no `target`.

        `key` is the manifest key that it stands for, `message` the id of its words.
        """
        target = target or f"stack {self.stack}"
        was, now = shown(path, expected), shown(path, found)
        words: dict[str, Argument] = {
            "name": target.rpartition("::")[2],
            "type": token,
            "property": path,
            "expected": _json(was),
            "found": _json(now),
            "reason": reason,
        }
        return Finding(
            plane="cloud",
            country=self.stack,
            target=target,
            kind=kind,
            severity=severity(token, path, kind),
            type=token,
            property=path,
            expected=was,
            found=now,
            environment=self.environment,
            location=self.locate(key),
            message=Message(message or _message(kind, path), words),
            remedy=remedy or _remedy(self.stack, kind),
        )


def about(root: Path, name: str) -> About:
    """A country's environment, its digest, and the lines of its manifest's keys."""
    if name == FOUNDATION:
        return About(name)
    catalogue = load_country(root, name)
    country = catalogue.countries[name]
    return About(
        name, country.environment, lambda key: catalogue.location(name, key), country.digest
    )


def _message(kind: Kind, path: str) -> str:
    if kind in (Kind.UNREADABLE, Kind.RESIDENCY):
        return f"cloud.{kind.value}"
    return f"cloud.{kind.value}" + ("-property" if path else "")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _remedy(stack: str, kind: Kind) -> str:
    if kind is Kind.UNREADABLE:
        return f"mend what keeps AWS from answering, then: wasl drift {stack}"
    if kind is Kind.UNAPPLIED:
        return f"wasl up {stack}"
    return f"wasl up {stack} --refresh"
