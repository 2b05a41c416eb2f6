"""The table of types, held against the SDK and the project's own types."""

from __future__ import annotations

import importlib

import pytest

from infra.aws.catalogue import TYPES
from infra.policies.kinds import KNOWN, TAGGED, UNTAGGED
from infra.policies.public import DOCUMENTS


@pytest.mark.parametrize("token", sorted(KNOWN))
def test_a_type_takes_tags_or_not_as_the_sdk_says(token: str) -> None:
    _, module, name = token.split(":")
    found = getattr(importlib.import_module(f"pulumi_aws.{module.partition('/')[0]}"), name)
    assert found.pulumi_type == token
    assert hasattr(found, "tags") is (token in TAGGED)


def test_no_type_stands_twice() -> None:
    assert not TAGGED & UNTAGGED


def test_every_type_of_the_project_is_known() -> None:
    assert set(TYPES) - KNOWN == set()


def test_every_policy_text_is_of_a_known_type() -> None:
    assert set(DOCUMENTS) <= KNOWN
