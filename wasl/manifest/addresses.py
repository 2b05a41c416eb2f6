"""Arithmetic on the countries' address ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network

POOL = IPv4Network("10.0.0.0/8")


def overlaps(ranges: Mapping[str, IPv4Network]) -> Iterator[tuple[str, str]]:
    """Every pair of names whose ranges overlap, each once.

    Two ranges are either apart or one lies in the other, so a walk in order of their first address
    needs to remember only the ranges that enclose where it stands.
    """
    order = sorted(ranges, key=lambda name: (ranges[name].network_address, ranges[name].prefixlen))
    enclosing: list[str] = []
    for name in order:
        while enclosing and not ranges[name].subnet_of(ranges[enclosing[-1]]):
            enclosing.pop()
        yield from ((outer, name) for outer in enclosing)
        enclosing.append(name)


def free_range(taken: Iterable[IPv4Network], prefix: int = 16) -> IPv4Network | None:
    """The first range of that size in 10.0.0.0/8 that none of `taken` touches, if there is one."""
    others = list(taken)
    candidates = POOL.subnets(new_prefix=prefix)
    return next((net for net in candidates if not any(net.overlaps(o) for o in others)), None)
