"""Property paths, read and written."""

from __future__ import annotations

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.aws.paths import Step, joined, overlap, pattern, steps, value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tags.owner", ("tags", "owner")),
        ("rules[0].port", ("rules", 0, "port")),
        ('tags["wasl:urn"]', ("tags", "wasl:urn")),
        ('tags["a.b"]', ("tags", "a.b")),
        ('tags["a\\"b"].c', ("tags", 'a"b', "c")),
        ("", ()),
    ],
)
def test_steps(path: str, expected: tuple[Step, ...]) -> None:
    assert steps(path) == expected


@given(st.text(), st.lists(st.text() | st.integers(0, 99)))
def test_what_is_joined_is_read_again(first: str, more: list[Step]) -> None:
    assert steps(reduce(joined, more, joined("", first))) == (first, *more)


def test_a_key_is_quoted_where_it_must_be() -> None:
    assert joined("tags", "owner") == "tags.owner"
    assert joined("tags", "kubernetes.io/x") == 'tags["kubernetes.io/x"]'
    assert joined("rules", 0) == "rules[0]"


def test_value() -> None:
    properties = {"rules": [{"port": 1}, {"port": 2}], "tags": {"a.b": "c"}}
    assert value(properties, "rules[1].port") == 2
    assert value(properties, 'tags["a.b"]') == "c"
    assert value(properties, "rules[9].port") is None
    assert value(properties, "nothing.at.all") is None


def test_pattern() -> None:
    assert pattern("origins[0].domainName") == "origins.domainName"
    assert pattern("rules[0][1]") == "rules"


def test_overlap() -> None:
    assert overlap("rules.0.port", "rules[0]")
    assert not overlap('tags["a.b"]', "tags.a")
    assert not overlap("", "tags")
