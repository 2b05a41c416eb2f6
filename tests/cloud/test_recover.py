"""What a cut-off create left in AWS: found by name or by tag, forgotten, or ambiguous."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.aws.model import URN_TAG, Aws
from infra.components.base import tag_value
from infra.sandbox.home import Home
from tests.cloud.conftest import Desk, desk
from tests.cloud.inventory import held, listed, write, writing
from wasl.errors import WaslError
from wasl.journal import entries
from wasl.planes.cloud.accounts import reader
from wasl.planes.cloud.checkpoint import Checkpoint, export
from wasl.planes.cloud.journals import store
from wasl.planes.cloud.lookup import found
from wasl.planes.cloud.stacks import Stacks

pytestmark = pytest.mark.slow
NAME = "ma"
CHAIN = f"urn:pulumi:{NAME}::wasl::wasl:tenancy:"


@pytest.fixture(scope="module")
def up(stacks: Stacks) -> Iterator[Desk]:
    """A stack that is up."""
    one = desk(stacks, NAME)
    one.up()
    yield one
    one.destroy()


@pytest.fixture
def state(stacks: Stacks, up: Desk) -> Checkpoint:
    """Its state."""
    exported = export(stacks, NAME)
    assert exported is not None
    return exported


@pytest.fixture
def again(stacks: Stacks, state: Checkpoint) -> Desk:
    """Another run on the same stack."""
    return desk(stacks, NAME)


def _aws(state: Checkpoint) -> Aws:
    provider = next(r["inputs"] for r in state.resources if "providers:aws" in r["type"])
    aws = reader(provider, Aws)
    aws.read_only = False
    return aws


def _cut_off(state: Checkpoint, name: str, op: str = "creating") -> Checkpoint:
    """The state as it is when the engine died while it made the resource `name`."""
    resource = next(
        r for r in state.resources if r["urn"].endswith(f"::{name}") and r.get("custom")
    )
    rest = [r for r in state.resources if r is not resource]
    pending = {key: value for key, value in resource.items() if key not in ("id", "outputs")}
    deployment = {
        **state.document["deployment"],
        "resources": rest,
        "pending_operations": [{"resource": pending, "type": op}],
    }
    return Checkpoint({**state.document, "deployment": deployment})


def _id(state: Checkpoint, name: str) -> str:
    return str(next(r["id"] for r in state.resources if r["urn"].endswith(f"::{name}")))


def test_found_by_name_and_taken_into_the_state(
    stacks: Stacks, state: Checkpoint, again: Desk
) -> None:
    """A queue that AWS holds and the state does not know is not made again."""
    write(stacks, NAME, _cut_off(state, "events"))
    before = held(stacks, NAME)
    again.up()
    assert f"in AWS as {_id(state, 'events')}" in str(again.said)
    assert again.clean()
    assert held(stacks, NAME) == listed(stacks, NAME) != before
    notes = [e.detail for e in entries(store(stacks.target, NAME)) if e.event == "note"]
    assert notes[-1]["urn"] == f"{CHAIN}Feeds$aws:sqs/queue:Queue::events"
    assert notes[-1]["id"] == _id(state, "events")


def test_found_by_its_tag(state: Checkpoint) -> None:
    """What AWS names itself carries its URN from the create call on."""
    urn = f"{CHAIN}Network$aws:ec2/vpc:Vpc::vpc"
    assert found(_cut_off(state, "vpc")) == {urn: _id(state, "vpc")}


def test_what_was_half_made_is_made_anew(stacks: Stacks, state: Checkpoint, again: Desk) -> None:
    """AWS lets a new group reach everything until a second call takes that back."""
    group, ec2 = _id(state, "tasks"), _aws(state).client("ec2")
    everywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[everywhere])
    write(stacks, NAME, _cut_off(state, "tasks"))
    again.up()
    assert "to be made anew" in str(again.said)
    assert again.clean()
    groups = ec2.describe_security_groups()["SecurityGroups"]
    left = [one for one in groups if one["GroupName"] == f"wasl-{NAME}-tasks"]
    assert [one["IpPermissionsEgress"] for one in left] == [[]]
    assert left[0]["GroupId"] != group
    assert held(stacks, NAME) == listed(stacks, NAME)


def test_not_there_is_forgotten(stacks: Stacks, state: Checkpoint, again: Desk) -> None:
    _aws(state).client("sqs").delete_queue(QueueUrl=_id(state, "roster"))
    write(stacks, NAME, _cut_off(state, "roster"))
    again.up()
    assert "not in AWS, forgotten" in str(again.said)
    assert again.clean()
    assert held(stacks, NAME) == listed(stacks, NAME)


def test_two_stop_with_both_named(state: Checkpoint) -> None:
    urn = f"{CHAIN}Network$aws:ec2/vpc:Vpc::vpc"
    ec2 = _aws(state).client("ec2")
    tags = [{"Key": "wasl:urn", "Value": tag_value(urn)}]
    specification = [{"ResourceType": "vpc", "Tags": tags}]
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=specification)["Vpc"]["VpcId"]
    try:
        with pytest.raises(WaslError) as caught:
            found(_cut_off(state, "vpc"))
    finally:
        ec2.delete_vpc(VpcId=other)
    assert caught.value.code == "WASL-RECOVER-AMBIGUOUS"
    assert other in caught.value.what
    assert _id(state, "vpc") in caught.value.what
    assert caught.value.where == urn


def test_what_another_resource_owns_is_not_taken(state: Checkpoint) -> None:
    """While a replacement is made, the one that it replaces carries the same tag."""
    cut = _cut_off(state, "vpc")
    old = next(r for r in state.resources if r["urn"].endswith("::vpc"))
    deployment = dict(cut.document["deployment"])
    deployment["resources"] = [*deployment["resources"], old]
    assert found(Checkpoint({**cut.document, "deployment": deployment})) == {}


def test_a_type_that_cannot_be_looked_up_stops(state: Checkpoint) -> None:
    cut = _cut_off(state, "vpc")
    operation = cut.document["deployment"]["pending_operations"][0]
    operation["resource"]["type"] = "aws:nothing/thing:Thing"
    with pytest.raises(WaslError, match="WASL-RECOVER-UNKNOWN-TYPE"):
        found(cut)


def test_aws_that_cannot_be_asked_stops(state: Checkpoint) -> None:
    cut = _cut_off(state, "events")
    provider = next(r for r in cut.resources if "providers:aws" in r["type"])
    provider["inputs"] = {**provider["inputs"], "endpoints": '[{"sts": "http://127.0.0.1:9"}]'}
    with pytest.raises(WaslError, match="WASL-RECOVER-UNREADABLE"):
        found(cut)


def test_an_interrupted_update_is_read_again(
    stacks: Stacks, state: Checkpoint, again: Desk
) -> None:
    """A pending update keeps its resource; the next up reads AWS first."""
    cut = _cut_off(state, "roster", "updating")
    cut.document["deployment"]["resources"] = state.resources
    queue = _id(state, "roster")
    changed: dict[str, Any] = {"VisibilityTimeout": "77"}
    _aws(state).client("sqs").set_queue_attributes(QueueUrl=queue, Attributes=changed)
    write(stacks, NAME, cut)
    again.up()
    assert "AWS is read again" in str(again.said)
    assert again.clean()


def test_a_replacement_waits_for_its_predecessors_deletion() -> None:
    old = {"urn": "u", "id": "1", "custom": True}
    operation = {"type": "creating", "resource": {"urn": "u", "type": "aws:ec2/vpc:Vpc"}}
    deployment = {"resources": [old], "pending_operations": [operation]}
    settled = Checkpoint({"deployment": deployment}).settled({"u": "2"})
    assert settled.pending == []
    assert [(r["id"], r.get("delete", False)) for r in settled.resources] == [
        ("1", True),
        ("2", False),
    ]
    # One that was deleted first only left its mark.
    deployment["resources"] = [{**old, "pendingReplacement": True}]
    settled = Checkpoint({"deployment": deployment}).settled({"u": "2"})
    assert [r["id"] for r in settled.resources] == ["2"]


def test_a_torn_side_file_is_removed(stacks: Stacks, state: Checkpoint, again: Desk) -> None:
    """A file backend that keeps metadata beside its blobs may be left with half of one."""
    torn = Home(stacks.target.home).state / f".pulumi/stacks/wasl/{NAME}.json.attrs"
    torn.write_text("")
    assert again.clean()
    assert not torn.exists()
    assert "ma.json.attrs, which was half-written" in str(again.said)


@pytest.mark.parametrize(
    "whole",
    [
        pytest.param(0.0, id="the first run"),
        pytest.param(0.5, id="a later run", marks=pytest.mark.long),
    ],
)
def test_a_torn_state_loses_and_doubles_nothing(
    stacks: Stacks, state: Checkpoint, again: Desk, whole: float
) -> None:
    """Both of the engine's files are half of one: the copy from before that run, and AWS, have all.

    What is not in the copy is found by its name, its tag or its parent.
    """
    home, kept = Home(stacks.target.home), held(stacks, NAME)
    path = home.state / f".pulumi/stacks/wasl/{NAME}.json"
    document = json.loads(path.read_text())
    latest = document["checkpoint"]["latest"]
    latest["resources"] = latest["resources"][: round(whole * len(latest["resources"]))]
    (home.state / f".wasl/states/{NAME}.json").write_text(json.dumps(document))
    for file in (path, path.with_name(f"{path.name}.bak")):
        file.write_text('{"version": 3, "checkp')
    again.up()
    assert "as it was before that run it was put back" in str(again.said)
    assert again.clean()
    assert held(stacks, NAME) == listed(stacks, NAME)
    # But for the group, whose create takes several calls and may have been cut off between them.
    anew = {place: ids for place, ids in held(stacks, NAME).items() if ids != kept[place]}
    assert {place[0] for place in anew} <= {"aws:ec2/securityGroup:SecurityGroup"}


@pytest.mark.long
def test_a_torn_state_can_be_destroyed(stacks: Stacks) -> None:
    name, home = "km", Home(stacks.target.home)
    one = desk(stacks, name)
    one.destroy()  # whatever other tests left of it: what is made must be unknown to the copy
    one.up()
    aws = writing(stacks, name)
    path = home.state / f".pulumi/stacks/wasl/{name}.json"
    for file in (path, path.with_name(f"{path.name}.bak")):
        file.write_text("")
    one.destroy()
    assert held(stacks, name) == {}
    assert "is in AWS as" in str(one.said)
    tagged = [{"Name": "tag-key", "Values": [URN_TAG]}]
    assert aws.client("ec2").describe_vpcs(Filters=tagged)["Vpcs"] == []
    assert aws.client("sqs").list_queues().get("QueueUrls", []) == []
    assert aws.client("s3").list_buckets()["Buckets"] == []
