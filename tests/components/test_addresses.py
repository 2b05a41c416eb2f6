"""The address plan."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.components.addresses import plan, zone_names

ranges = st.builds(
    lambda octet, prefix: (
        IPv4Network(f"10.{octet}.0.0/16").supernet(new_prefix=16)
        if prefix == 16
        else next(iter(IPv4Network(f"10.{octet}.0.0/16").subnets(new_prefix=prefix)))
    ),
    st.integers(0, 255),
    st.integers(16, 20),
)


@given(ranges, st.integers(2, 3))
def test_subnets_lie_inside_and_apart(cidr: IPv4Network, zones: int) -> None:
    addresses = plan(cidr, zones)
    subnets = [*addresses.private, *addresses.public, *addresses.data]
    assert len(subnets) == 3 * zones
    assert all(subnet.subnet_of(cidr) for subnet in subnets)
    for index, subnet in enumerate(subnets):
        assert not any(subnet.overlaps(other) for other in subnets[index + 1 :])
    assert {subnet.prefixlen for subnet in subnets} == {cidr.prefixlen + 4}


def test_a_third_zone_moves_no_subnet() -> None:
    cidr = IPv4Network("10.8.0.0/16")
    assert plan(cidr, 3).private[:2] == plan(cidr, 2).private


def test_more_zones_than_room_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 4"):
        plan(IPv4Network("10.8.0.0/16"), 5)


def test_zone_names() -> None:
    assert zone_names("eu-south-1", 2) == ("eu-south-1a", "eu-south-1b")
