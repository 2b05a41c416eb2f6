"""What a feed gives: a resource, a withdrawal, or a record that had to be set aside."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.content.faults import Fault
from integrations.content.model import Resource


@dataclass(frozen=True, slots=True)
class Harvested:
    """One record of a feed. Neither `resource` nor `deleted` means that `fault` says why not.

    `original` is the record as it came, where it is not kept with its page.
    """

    id: str
    modified: str = ""
    resource: Resource | None = None
    original: bytes = b""
    deleted: bool = False
    fault: Fault | None = None
