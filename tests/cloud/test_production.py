"""A tenancy that grows up, in the emulated AWS: delegated, in production, protected, and gone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.conftest import Cli, clean, copied
from tests.cloud.inventory import Place, held, listed, writing
from wasl.planes.cloud.stacks import Stacks

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1800)]
# A life in production leaves its data behind, which every later check tells of: so this file is the
# last to use its sandbox.
GROWS, BEGINS = "lb", "ma"


@pytest.fixture
def checkout(whole: Cli, tmp_path: Path) -> Cli:
    """A checkout in which a country may be described otherwise; the stacks are empty."""
    whole.ok("destroy", GROWS, BEGINS, "--yes")
    return replace(whole, root=copied(tmp_path / "wasl"))


def _is(cli: Cli, code: str, environment: str, *, delegated: bool, former: int = 0) -> None:
    """Describe the country so, and bring it up: all three, AWS, state and description, agree.

    The check tells of nothing but the data that so many `former` lives in production left.
    """
    path = cli.root / f"countries/{code}.yaml"
    text = path.read_text("utf-8")
    for key, value in (("environment", environment), ("delegated", str(delegated).lower())):
        text, count = re.subn(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
        assert count == 1
    path.write_text(text, "utf-8")
    cli.ok("up", code, "--yes")
    clean(cli, code)
    check = ("drift", code, "--plane", "cloud", "--format", "json")
    report = json.loads(cli.ok(*check, status=2 if former else 0))
    assert [one["type"] for one in report["findings"]] == ["aws:rds/snapshot:Snapshot"] * former


def _ids(here: dict[Place, list[str]], token: str) -> list[str]:
    return [one for (kind, _, _), ids in here.items() if kind == token for one in ids]


def _is_public(stacks: Stacks, code: str) -> None:
    """One balancer, open to the Internet, that speaks HTTPS only; names that lead there."""
    elb = writing(stacks, code).client("elbv2")
    here = held(stacks, code)
    (balancer,) = _ids(here, "aws:lb/loadBalancer:LoadBalancer")
    (found,) = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
    assert found["Scheme"] == "internet-facing"
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert len(_ids(here, "aws:acm/certificate:Certificate")) == 2
    assert len(_ids(here, "aws:route53/record:Record")) == 4


def test_a_pilot_is_delegated_and_goes_into_production(checkout: Cli, tenancies: Stacks) -> None:
    _is(checkout, GROWS, "pilot", delegated=False)
    _is(checkout, GROWS, "pilot", delegated=True)
    _is_public(tenancies, GROWS)
    assert held(tenancies, GROWS) == listed(tenancies, GROWS)
    _is(checkout, GROWS, "production", delegated=True)
    assert held(tenancies, GROWS) == listed(tenancies, GROWS)
    checkout.ok("destroy", "--unprotect", GROWS, "--yes")
    assert held(tenancies, GROWS) == {}


def test_production_waits_for_its_delegation_and_goes_on_purpose_alone(
    checkout: Cli, tenancies: Stacks
) -> None:
    """The name servers to delegate to are known after the first `up` only. It comes twice."""
    _is(checkout, BEGINS, "production", delegated=False)
    aws = writing(tenancies, BEGINS)
    _is(checkout, BEGINS, "production", delegated=True)
    _is_public(tenancies, BEGINS)
    before = held(tenancies, BEGINS)
    assert before == listed(tenancies, BEGINS)
    refused = checkout.run("destroy", BEGINS, "--yes")
    assert refused.returncode == 1
    assert "WASL-CLOUD-PROTECTED" in refused.stderr
    assert f"wasl destroy --unprotect {BEGINS}" in refused.stderr
    assert held(tenancies, BEGINS) == before, "nothing was taken along"
    checkout.ok("destroy", "--unprotect", BEGINS, "--yes")
    assert held(tenancies, BEGINS) == {}
    _is(checkout, BEGINS, "production", delegated=True, former=1)
    checkout.ok("destroy", "--unprotect", BEGINS, "--yes")
    assert held(tenancies, BEGINS) == {}
    kept = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert len({one["DBSnapshotIdentifier"] for one in kept}) == 2, "the data of both lives is kept"
