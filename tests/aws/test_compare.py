"""Where two descriptions differ, and what a refresh makes of them."""

from __future__ import annotations

from infra.aws.compare import differences, project
from infra.aws.model import AwsType

_ACTIONS = AwsType(
    token="aws:test/firewall:Firewall",
    service="test",
    list=lambda aws: (),
    read=lambda aws, id, state: None,
    identify=str,
    normalise=dict,
    present=frozenset({"action.allow", "action.block"}),
    defaults={"origins.attempts": 3},
)


def _paths(before: dict[str, object], after: dict[str, object]) -> list[str]:
    return [item.path for item in differences(_ACTIONS, before, after)]


def test_an_empty_block_that_means_something_is_seen() -> None:
    allow: dict[str, object] = {"action": {"allow": {}}}
    block: dict[str, object] = {"action": {"block": {}}}
    assert _paths(allow, block) == ["action.allow", "action.block"]
    assert _paths(allow, {"action": {"allow": {"__defaults": []}}}) == []


def test_a_refresh_takes_an_empty_block_that_means_something() -> None:
    described = project(
        _ACTIONS, {"action": {"allow": {}}}, {"action": {"block": {}}}, frozenset({"action"})
    )
    assert described["action"]["block"] == {}
    assert described["action"].get("allow") is None


def test_a_nested_default_is_no_difference_and_another_value_is() -> None:
    said: dict[str, object] = {"origins": [{"name": "a"}]}
    assert _paths({"origins": [{"name": "a", "attempts": 3}]}, said) == []
    assert _paths({"origins": [{"name": "a", "attempts": 1}]}, said) == ["origins[0].attempts"]
