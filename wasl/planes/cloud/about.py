"""What a finding of the cloud needs to know of its country."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wasl.manifest.catalogue import load_country
from wasl.planes.check import FOUNDATION
from wasl.planes.cloud.events import Heard
from wasl.planes.cloud.findings import About, policy_findings
from wasl.result import Finding


def about(root: Path, name: str) -> About:
    """A country's environment, and the lines of its manifest's keys."""
    if name == FOUNDATION:
        return About(name)
    catalogue = load_country(root, name)
    environment = catalogue.countries[name].environment
    return About(name, environment, lambda key: catalogue.location(name, key))


def policies(root: Path, heard: Iterable[tuple[str, Heard]]) -> list[Finding]:
    """The policies that plans break, by stack."""
    return [
        finding
        for name, said in heard
        if said.violations
        for finding in policy_findings(said.violations, said, about(root, name))
    ]
