"""Overlaps against the plain comparison of every pair."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from wasl.manifest.addresses import free_range, overlaps


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network:
    # A narrow space, so that overlaps are common; within 10.0.0.0/13.
    prefix = draw(st.integers(14, 20))
    address = draw(st.integers(0, 2**19 - 1)) + (10 << 24)
    return IPv4Network((address >> (32 - prefix) << (32 - prefix), prefix))


@given(st.lists(networks(), max_size=25))
def test_every_overlapping_pair_and_no_other(ranges: list[IPv4Network]) -> None:
    named = {str(number): net for number, net in enumerate(ranges)}
    plain = {
        frozenset(pair)
        for pair in combinations(named, 2)
        if named[pair[0]].overlaps(named[pair[1]])
    }
    pairs = list(overlaps(named))
    assert {frozenset(pair) for pair in pairs} == plain
    assert len(pairs) == len(plain)


@given(st.lists(networks(), max_size=25))
def test_a_free_range_is_free(ranges: list[IPv4Network]) -> None:
    free = free_range(ranges)
    assert free is not None
    assert not any(free.overlaps(net) for net in ranges)


def test_nothing_is_free_where_all_is_taken() -> None:
    assert free_range([IPv4Network("10.0.0.0/8")]) is None
