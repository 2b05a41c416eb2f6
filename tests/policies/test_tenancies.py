"""Every resource of every country obeys every policy, as a pilot and in production."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.policies.catalogue import ON_RESOURCE, ON_STACK
from infra.policies.facts import Facts, facts, of
from infra.policies.model import Resource
from infra.policies.together import Stack
from infra.target import Target
from tests.components.described import ROOT, country
from tests.policies.tenancies import foundation, founded, tenancy
from wasl.manifest.catalogue import known_countries, load

VARIANTS: dict[str, dict[str, Any]] = {
    "pilot": {"environment": "pilot", "delegated": False},
    "production": {"environment": "production", "delegated": True},
    # The name servers to delegate to are known after the first `up` only.
    "waiting": {"environment": "production", "delegated": False},
}


def said(resources: list[Resource], stack: Stack, known: Facts) -> Iterator[str]:
    for policy in ON_RESOURCE:
        for item in resources:
            for problem in policy.check(item, known):
                yield f"{policy.name}: {item.type} {item.name}: {problem.what}"
    for whole in ON_STACK:
        for item, problem in whole.check(stack, known):
            yield f"{whole.name}: {item.type} {item.name}: {problem.what}"


CASES = [
    # One country is enough for the inner loop, and for what is between the two.
    pytest.param(code, variant, marks=() if code == "jo" else pytest.mark.slow)
    for code in known_countries(ROOT)
    for variant in VARIANTS
    if code == "jo" or variant != "waiting"
]


@pytest.mark.parametrize(("code", "variant"), CASES)
def test_a_country_breaks_no_policy(code: str, variant: str) -> None:
    what = country(code, **VARIANTS[variant])
    resources, stack = tenancy(what)
    assert len(resources) > 120
    assert len(stack.of("aws:s3/bucket:Bucket")) == 4
    assert list(said(resources, stack, of(what.model_dump(mode="json"), code))) == []


def test_the_foundation_breaks_no_policy() -> None:
    resources, stack = foundation()
    assert len(stack.of("aws:organizations/account:Account")) == len(known_countries(ROOT))
    assert list(said(resources, stack, facts(ROOT, "foundation", sandbox=True))) == []


def test_on_real_aws_the_state_must_be_protected() -> None:
    real = founded(Target(None), load(ROOT))
    assert list(said(real.resources, real.stack, facts(ROOT, "foundation"))) == []
    resources, stack = foundation()
    assert sorted(
        line.partition(": it is not")[0]
        for line in said(resources, stack, facts(ROOT, "foundation"))
    ) == [
        "protection: aws:kms/key:Key state",
        "protection: aws:s3/bucket:Bucket state",
    ]
