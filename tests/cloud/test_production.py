"""A tenancy that grows up, in the emulated AWS: delegated, in production, protected, and gone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cloud.conftest import Cli, clean, copied
from tests.cloud.inventory import Place, held, listed, writing
from wasl.planes.cloud.stacks import Stacks

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.timeout(1800)]
CODE = "jo"


@pytest.fixture
def country(whole: Cli, tmp_path: Path) -> Cli:
    """A checkout in which the country may be described otherwise; its stack is empty."""
    whole.ok("destroy", CODE, "--yes")
    return replace(whole, root=copied(tmp_path / "wasl"))


def _is(cli: Cli, environment: str, *, delegated: bool) -> None:
    """Describe the country so, and bring it up: all three, AWS, state and description, agree."""
    path = cli.root / f"countries/{CODE}.yaml"
    text = path.read_text("utf-8")
    for key, value in (("environment", environment), ("delegated", str(delegated).lower())):
        text, count = re.subn(rf"(?m)^{key}: .*$", f"{key}: {value}", text)
        assert count == 1
    path.write_text(text, "utf-8")
    cli.ok("up", CODE, "--yes")
    clean(cli, CODE)
    cli.ok("drift", CODE, "--plane", "cloud")


def _ids(here: dict[Place, list[str]], token: str) -> list[str]:
    return [one for (kind, _, _), ids in here.items() if kind == token for one in ids]


def _is_public(stacks: Stacks) -> None:
    """One balancer, open to the Internet, that speaks HTTPS only; names that lead there."""
    elb = writing(stacks, CODE).client("elbv2")
    here = held(stacks, CODE)
    (balancer,) = _ids(here, "aws:lb/loadBalancer:LoadBalancer")
    (found,) = elb.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
    assert found["Scheme"] == "internet-facing"
    (listener,) = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert len(_ids(here, "aws:acm/certificate:Certificate")) == 2
    assert len(_ids(here, "aws:route53/record:Record")) == 4


def test_a_pilot_is_delegated_and_goes_into_production(country: Cli, tenancies: Stacks) -> None:
    _is(country, "pilot", delegated=False)
    _is(country, "pilot", delegated=True)
    _is_public(tenancies)
    assert held(tenancies, CODE) == listed(tenancies, CODE)
    _is(country, "production", delegated=True)
    assert held(tenancies, CODE) == listed(tenancies, CODE)
    country.ok("destroy", "--unprotect", CODE, "--yes")
    assert held(tenancies, CODE) == {}


def test_production_waits_for_its_delegation_and_goes_on_purpose_alone(
    country: Cli, tenancies: Stacks
) -> None:
    """The name servers to delegate to are known after the first `up` only. It comes twice."""
    _is(country, "production", delegated=False)
    aws = writing(tenancies, CODE)
    _is(country, "production", delegated=True)
    _is_public(tenancies)
    before = held(tenancies, CODE)
    assert before == listed(tenancies, CODE)
    refused = country.run("destroy", CODE, "--yes")
    assert refused.returncode == 1
    assert "WASL-CLOUD-PROTECTED" in refused.stderr
    assert f"wasl destroy --unprotect {CODE}" in refused.stderr
    assert held(tenancies, CODE) == before, "nothing was taken along"
    country.ok("destroy", "--unprotect", CODE, "--yes")
    assert held(tenancies, CODE) == {}
    _is(country, "production", delegated=True)
    country.ok("destroy", "--unprotect", CODE, "--yes")
    assert held(tenancies, CODE) == {}
    kept = aws.client("rds").describe_db_snapshots()["DBSnapshots"]
    assert len({one["DBSnapshotIdentifier"] for one in kept}) == 2, "the data of both lives is kept"
