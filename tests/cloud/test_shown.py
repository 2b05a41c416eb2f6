"""Property paths, and what a report never shows."""

from __future__ import annotations

import pytest

from wasl.planes.cloud.paths import SECRET, WITHHELD, parts, shown, value


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tags.owner", ("tags", "owner")),
        ("rules[0].port", ("rules", 0, "port")),
        ('tags["wasl:urn"]', ("tags", "wasl:urn")),
        ('tags["a.b"]', ("tags", "a.b")),
        ("", ()),
    ],
)
def test_parts(path: str, expected: tuple[str | int, ...]) -> None:
    assert parts(path) == expected


def test_value() -> None:
    properties = {"rules": [{"port": 1}, {"port": 2}], "tags": {"a.b": "c"}}
    assert value(properties, "rules[1].port") == 2
    assert value(properties, 'tags["a.b"]') == "c"
    assert value(properties, "rules[9].port") is None
    assert value(properties, "nothing.at.all") is None


@pytest.mark.parametrize("name", ["secretString", "masterPassword", "authToken", "private_key"])
def test_a_value_that_may_be_a_secret_is_withheld(name: str) -> None:
    assert shown(name, "hunter2") == WITHHELD
    assert shown("outer", {name: "hunter2", "other": 1}) == {name: WITHHELD, "other": 1}
    assert shown(f"list[0].{name}", "hunter2") == WITHHELD


def test_what_only_names_a_secret_is_shown() -> None:
    assert shown("secretArn", "arn:aws:x") == "arn:aws:x"
    assert shown("recoveryWindowInDays", 7) == 7


def test_what_the_engine_hides_stays_hidden() -> None:
    assert shown("environment", [{"value": SECRET}]) == WITHHELD
    assert shown("environment", None) is None
