"""What no state holds and is nobody's intrusion."""

from __future__ import annotations

import pytest

from infra.live.own import own


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/wasl/jo/fleet/devices/aws5-890a-58", True),
        ("/wasl/jo/fleet/activation", False),
        ("/wasl/jo/fleet/devices/a/b", False),
        ("/elsewhere/jo/fleet/devices/a", False),
    ],
)
def test_a_device_taken_in_is_no_stranger_and_all_else_below_the_path_is(
    name: str, expected: bool
) -> None:
    assert own("aws:ssm/parameter:Parameter", name, {}) is expected
