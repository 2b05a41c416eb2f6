"""What a report never shows."""

from __future__ import annotations

import pytest

from infra.live.state import SECRET
from wasl.planes.cloud.shown import shown
from wasl.result import WITHHELD


@pytest.mark.parametrize("name", ["secretString", "masterPassword", "authToken", "private_key"])
def test_a_value_that_may_be_a_secret_is_withheld(name: str) -> None:
    assert shown(name, "hunter2") == WITHHELD
    assert shown("outer", {name: "hunter2", "other": 1}) == {name: WITHHELD, "other": 1}
    assert shown(f"list[0].{name}", "hunter2") == WITHHELD
    assert shown("outer", {f"a.{name}": "hunter2"}) == {f"a.{name}": WITHHELD}


def test_what_only_names_a_secret_is_shown() -> None:
    assert shown("secretArn", "arn:aws:x") == "arn:aws:x"
    assert shown("recoveryWindowInDays", 7) == 7


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("enableTokenRevocation", False),
        ("refreshTokenTtl", 30),
        ("tokenValidityUnits.accessToken", "hours"),
    ],
)
def test_what_cannot_be_a_secret_is_shown(path: str, value: object) -> None:
    assert shown(path, value) == value
    outer, _, inner = path.rpartition(".")
    assert shown(outer, {inner: value}) == {inner: value}


def test_what_the_engine_hides_stays_hidden() -> None:
    assert shown("environment", [{"value": SECRET}]) == WITHHELD
    assert shown("environment", None) is None
