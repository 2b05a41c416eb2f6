"""No resource is renamed unnoticed, least of all one that holds real data."""

from __future__ import annotations

import pytest

from tests.cloud.urns import DESCRIBED, described, golden


@pytest.mark.parametrize("name", DESCRIBED)
def test_no_urn_changes_unnoticed(name: str) -> None:
    kept, now = set(golden(name).read_text().splitlines()), set(described(name))
    assert not kept - now, "gone: a rename needs an alias; else python -m tests.cloud.urns"
    assert not now - kept, "new: python -m tests.cloud.urns"
