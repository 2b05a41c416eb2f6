"""A checkpoint's bytes, as the engine writes them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from infra.live.state import SECRET, parsed
from wasl.errors import WaslError

CIPHER = {
    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
    "ciphertext": "v1:x",
}
PROVIDER = "urn:pulumi:jo::wasl::pulumi:providers:aws::tenancy"
STACK = {
    "urn": "urn:s",
    "type": "pulumi:pulumi:Stack",
    "custom": False,
    "outputs": {"tenancy": {"a": 1}},
}
COMPONENT = {
    "urn": "urn:c",
    "type": "wasl:tenancy:Feeds",
    "custom": False,
    "parent": "urn:s",
    "outputs": {"manifestKey": "partner"},
}
QUEUE = {
    "urn": "urn:q",
    "type": "aws:sqs/queue:Queue",
    "custom": True,
    "id": "q",
    "parent": "urn:c",
    "provider": f"{PROVIDER}::1",
    "inputs": {"name": "q", "password": CIPHER},
    "ignoreChanges": ["delaySeconds"],
}
ACCOUNT = {
    "urn": PROVIDER,
    "type": "pulumi:providers:aws",
    "custom": True,
    "id": "1",
    "inputs": {"region": "eu-south-1"},
}


def checkpoint(*resources: dict[str, Any], **more: Any) -> bytes:
    latest = {"resources": list(resources), **more}
    return json.dumps({"version": 3, "checkpoint": {"stack": "jo", "latest": latest}}).encode()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_a_state_says(pack: Any) -> None:
    state = parsed(pack(checkpoint(STACK, COMPONENT, ACCOUNT, QUEUE)), "here")
    (queue,) = state.resources
    assert (queue.id, queue.key, queue.ignored) == ("q", "partner", ("delaySeconds",))
    assert queue.inputs == {"name": "q", "password": SECRET}
    assert state.providers == {f"{PROVIDER}::1": {"region": "eu-south-1"}}
    assert state.outputs == {"tenancy": {"a": 1}}


def test_what_is_left_out_and_what_is_open() -> None:
    old = {**QUEUE, "urn": "urn:old", "delete": True}
    foreign = {**QUEUE, "urn": "urn:f", "external": True}
    pending = [{"type": "creating", "resource": {"urn": "urn:new"}}]
    state = parsed(checkpoint(STACK, old, foreign, pending_operations=pending), "here")
    assert state.resources == ()
    assert state.open == ("urn:new",)


def test_what_the_foundation_offers_is_known_by_its_arns_alone() -> None:
    """A role may be called as an account or a bucket is."""
    provider, key = "arn:aws:iam::2:oidc-provider/ci", "arn:aws:kms:eu-south-1:1:key/k"
    accounts = {"jo": {"account": "2", "ci_provider": provider}}
    outputs = {"accounts": accounts, "stateBucket": "wasl-state-1", "stateKey": key}
    reference = {
        "urn": "urn:f",
        "type": "pulumi:pulumi:StackReference",
        "outputs": {"name": "organization/wasl/foundation", "outputs": outputs},
    }
    state = parsed(checkpoint(STACK, reference), "here")
    assert state.others == {provider, key}
    assert state.management == "1"
    assert parsed(checkpoint(STACK), "here").management == ""


def test_an_empty_stack_has_nothing() -> None:
    document = {"version": 3, "checkpoint": {"stack": "jo", "latest": None}}
    assert parsed(json.dumps(document).encode(), "here").resources == ()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", b"\x1f\x8bno", b'{"checkpoint":1}'])
def test_a_torn_state_is_said(data: bytes) -> None:
    with pytest.raises(WaslError) as caught:
        parsed(data, "s3://x/jo.json")
    assert (caught.value.code, caught.value.where) == ("WASL-STATE-TORN", "s3://x/jo.json")
