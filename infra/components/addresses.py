"""A tenancy's address plan: pure arithmetic over its range.

A range is cut into quarters, one a tier, the last one kept free; a tier into quarters again, one a
zone. A /16 gives subnets of 4,096 addresses, a /20 of 256.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

TIERS = ("private", "public", "data")


@dataclass(frozen=True)
class Addresses:
    """The subnets of each tier, in the order of the zones."""

    private: tuple[IPv4Network, ...]
    public: tuple[IPv4Network, ...]
    data: tuple[IPv4Network, ...]


def plan(cidr: IPv4Network, zones: int) -> Addresses:
    """The subnets of `zones` (at most four) availability zones.

    Raises ValueError for more zones than a tier has room for.
    """
    if not 1 <= zones <= 4:
        raise ValueError(f"a tier has room for 1 to 4 zones, not {zones}")
    tiers = dict(zip(TIERS, cidr.subnets(prefixlen_diff=2), strict=False))
    return Addresses(
        **{name: tuple(tier.subnets(prefixlen_diff=2))[:zones] for name, tier in tiers.items()}
    )


def zone_names(region: str, zones: int) -> tuple[str, ...]:
    """The first availability zones of a region, by name."""
    return tuple(f"{region}{letter}" for letter in "abcd"[:zones])
