"""What a feed gives: a resource, a withdrawal, or a record that had to be set aside."""

from __future__ import annotations

import msgspec

from integrations.content.faults import Fault
from integrations.content.model import Resource


class Harvested(msgspec.Struct, frozen=True, gc=False):
    """One record of a feed. Neither `resource` nor `deleted` means that `fault` says why not.

    `original` is the record as it came, where it is not kept with its page. A struct, as resources
    are: as many of them are made.
    """

    id: str
    modified: str = ""
    resource: Resource | None = None
    original: bytes = b""
    deleted: bool = False
    fault: Fault | None = None
