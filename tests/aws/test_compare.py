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
    present=frozenset({"action.allow", "*.block"}),
    defaults={"origins.attempts": 3, "parameters.apply": "now"},
    domains=frozenset({"host"}),
    unordered=frozenset({"parameters"}),
    versions=frozenset({"version"}),
    meanings={"cluster": lambda text: text.rpartition("/")[2]},
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


def test_the_beginning_of_a_version_is_no_difference_to_all_of_it() -> None:
    assert _paths({"version": "16.4"}, {"version": "16"}) == []
    assert _paths({"version": "16.4"}, {"version": "16.5"}) == ["version"]
    assert _paths({"version": "160.4"}, {"version": "16"}) == ["version"]
    assert _paths({"version": "16"}, {"version": "16.4"}) == ["version"]
    kept = project(_ACTIONS, {"version": "16"}, {"version": "16.4"}, frozenset({"version"}))
    assert kept == {"version": "16"}


def test_sets_are_compared_item_by_item_whatever_the_order_and_the_defaults() -> None:
    live = [
        {"apply": "now", "name": "tls", "value": "1"},
        {"apply": "later", "name": "size", "value": "9"},
    ]
    said = [{"name": "size", "value": "9", "apply": "later"}, {"name": "tls", "value": "1"}]
    assert _paths({"parameters": live}, {"parameters": said}) == []
    tampered = [{**live[0], "value": "0"}, live[1]]
    assert _paths({"parameters": tampered}, {"parameters": said}) == ["parameters[1].value"]


def test_two_spellings_of_one_meaning_are_no_difference_and_stay_as_written() -> None:
    arn: dict[str, object] = {"cluster": "arn:aws:ecs:eu-south-1:111122223333:cluster/a"}
    assert _paths(arn, {"cluster": "a"}) == []
    assert _paths(arn, {"cluster": "b"}) == ["cluster"]
    assert project(_ACTIONS, {"cluster": "a"}, arn, frozenset({"cluster"})) == {"cluster": "a"}


def test_case_and_final_dot_of_a_dns_name_are_no_difference() -> None:
    assert _paths({"host": "_a.jo.example.org"}, {"host": "_A.jo.example.org."}) == []
    assert _paths({"host": "jo.example.org"}, {"host": "tn.example.org"}) == ["host"]
