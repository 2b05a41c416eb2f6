"""Clients of one service share what is the same for all of them, and nothing else."""

from __future__ import annotations

import pytest

from infra.aws.model import Aws, Credentials

KEYS = Credentials("a", "b")


def test_clients_share_their_description_and_are_apart() -> None:
    here = Aws("eu-south-1", KEYS).client("sqs")
    there = Aws("af-south-1", KEYS, "http://127.0.0.1:9").client("sqs")
    assert here.meta.service_model is there.meta.service_model
    assert type(here) is type(there)
    assert type(here) is not type(Aws("eu-south-1", KEYS).client("sns"))
    assert here.meta.region_name == "eu-south-1"
    assert there.meta.region_name == "af-south-1"
    assert there.meta.endpoint_url == "http://127.0.0.1:9"
    assert here.meta.endpoint_url.endswith("eu-south-1.amazonaws.com")


def test_what_one_client_hears_the_other_does_not() -> None:
    heard: list[str] = []
    clients = {region: Aws(region, KEYS).client("sns") for region in ("eu-south-1", "af-south-1")}

    def refuse(**_: object) -> None:
        heard.append("eu-south-1")
        raise PermissionError

    clients["eu-south-1"].meta.events.register("made-up.sns", refuse)
    clients["af-south-1"].meta.events.emit("made-up.sns.ListTopics")
    assert heard == []
    with pytest.raises(PermissionError):
        clients["eu-south-1"].meta.events.emit("made-up.sns.ListTopics")
