"""Changes that somebody makes behind Pulumi's back, by plain boto3, and what a check must say.

All of them together leave each other alone. Where a change is named by the property that it
touches, the engine must see it too; `blind` says why it cannot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from infra.aws.model import Aws
from infra.live.state import State
from wasl.result import Finding


@dataclass(frozen=True)
class Hand:
    """Somebody with the rights to do all this in a country's account."""

    aws: Aws
    state: State

    def client(self, service: str, region: str | None = None) -> Any:
        return self.aws.at(region).client(service)

    def id(self, kind: str, name: str) -> str:
        """The id of the resource `name` of the class `kind`."""
        return str(self._of(kind, name).id)

    def out(self, kind: str, name: str, key: str) -> Any:
        """An output of it."""
        return self._of(kind, name).outputs[key]

    def _of(self, kind: str, name: str) -> Any:
        end = f":{kind}::{name}"
        return next(item for item in self.state.resources if item.urn.endswith(end))


@dataclass(frozen=True)
class Change:
    """What is done, and the findings that it leads to, as `said` writes them."""

    do: Callable[[Hand], Any]
    found: tuple[str, ...]
    blind: str = ""
    """Why the engine's refresh cannot see it; empty where it must."""
    told: tuple[str, ...] = ()
    """What the engine says of it, where it reads another property than the live check."""
    security: bool = field(kw_only=True)
    """Whether it opens a door or puts data at risk, or is where data may not be: no pattern of a
    waiver may hide it."""


def said(finding: Finding) -> str:
    """A finding in short: kind, class, the resource's name if it has one in the state, property."""
    kind = finding.type.rpartition(":")[2] or finding.target
    name = finding.target.rpartition("::")[2] if finding.target.startswith("urn:") else ""
    return " ".join(filter(None, (finding.kind.value, kind, name, finding.property)))


def policy(*actions: str, principal: Any = "*", resource: str = "*") -> str:
    """A policy that opens a door."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": list(actions),
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions: str) -> str:
    """A policy that gives a right."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(principal: str) -> str:
    """Who may take a role on."""
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


STRANGER = "it is in no state, and a refresh reads what is in the state"
IGNORED = "ignoreChanges hides it from the engine"
UNASKED = "AWS decides it when the program does not say, so the provider takes any value"
