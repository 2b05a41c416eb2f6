"""The cloud plane's part of the one check: one country's tenancy, read by the engine."""

from __future__ import annotations

from collections.abc import Sequence

from infra.program import main
from wasl.planes.check import Place, Progress
from wasl.planes.cloud.about import about
from wasl.planes.cloud.findings import drift, policy_findings
from wasl.planes.cloud.progress import Board
from wasl.planes.cloud.stacks import Stacks
from wasl.planes.cloud.target import resolve
from wasl.planes.cloud.work import Worker
from wasl.result import Finding, Message


def check(
    place: Place, country: str, progress: Progress
) -> tuple[list[Finding], Sequence[Message]]:
    """What AWS, state and description say of each other. Changes nothing in AWS."""
    stacks = Stacks(resolve(place.root, place.home, place.environ), main)
    worker = Worker(stacks, Board([country]), lambda said: progress(said, 0, None))
    heard, where = worker.drift(country), about(place.root, country)
    return [*drift(heard, where), *policy_findings(heard.violations, heard, where)], ()
