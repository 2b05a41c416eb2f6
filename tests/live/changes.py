"""All changes of this folder."""

from __future__ import annotations

from collections.abc import Mapping

from tests.live import tampering_access, tampering_service, tampering_storage
from tests.live.tampering import Change

CHANGES: Mapping[str, Change] = {
    **tampering_storage.CHANGES,
    **tampering_access.CHANGES,
    **tampering_service.CHANGES,
}
