"""Steps of the engine as changes, and what a plan may not do by itself."""

from __future__ import annotations

from typing import Any

import pytest

from wasl.errors import WaslError
from wasl.planes.cloud.changes import changes, losing_data, refuse_losing_data
from wasl.planes.cloud.events import State, Step
from wasl.report import told
from wasl.result import WITHHELD, Action

BUCKET = "urn:pulumi:jo::wasl::wasl:tenancy:Storage$aws:s3/bucket:Bucket::content"


def state(**inputs: Any) -> State:
    return State("", inputs, {}, protect=False)


def step(op: str, urn: str = BUCKET, **more: Any) -> Step:
    return Step(
        op,
        urn,
        urn.split("::")[2].split("$")[-1],
        more.pop("old", None),
        more.pop("new", None),
        **more,
    )


def test_an_update_shows_what_differs_alone() -> None:
    one = step(
        "update",
        old=state(tags={"a": 1, "b": 2}, size=1),
        new=state(tags={"a": 9, "b": 2}, size=1),
        paths=("tags.a", "tagsAll.a"),
    )
    (change,) = changes([one], "jo")
    assert (change.action, change.before, change.after) == (
        Action.UPDATE,
        {"tags.a": 1},
        {"tags.a": 9},
    )


def test_a_replacement_says_why() -> None:
    one = step(
        "replace",
        old=state(bucket="a"),
        new=state(bucket="b"),
        paths=("bucket",),
        replacing=("bucket",),
    )
    (change,) = changes([one], "jo")
    assert told(change.reason, "en") == "bucket cannot be changed in place"


def test_a_secret_is_not_shown() -> None:
    one = step(
        "update", old=state(secretString="a"), new=state(secretString="b"), paths=("secretString",)
    )
    (change,) = changes([one], "jo")
    assert change.before == change.after == {"secretString": WITHHELD}


def test_the_stack_itself_is_no_change() -> None:
    assert (
        changes([step("create", "urn:pulumi:jo::wasl::pulumi:pulumi:Stack::wasl-jo")], "jo") == []
    )


@pytest.mark.parametrize("op", ["replace", "delete"])
def test_what_holds_data_must_be_named(op: str) -> None:
    one = step(op, replacing=("bucket",))
    assert losing_data([one]) == [one]
    assert losing_data([one], [BUCKET]) == []
    with pytest.raises(WaslError) as caught:
        refuse_losing_data("jo", [one])
    assert caught.value.code == "WASL-DATA-LOSS"
    assert BUCKET in caught.value.what
    assert f"--replace '{BUCKET}'" in caught.value.hint


def test_what_holds_no_data_may_go() -> None:
    subnet = BUCKET.replace("s3/bucket:Bucket", "ec2/subnet:Subnet")
    assert losing_data([step("replace", subnet), step("delete", subnet), step("update")]) == []
    refuse_losing_data("jo", [])
