"""What takes its time in AWS is awaited, and asked for only once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.aws.catalogue import TYPES
from infra.sandbox.make.catalogue import MAKERS
from infra.sandbox.make.waiting import wait_for
from infra.sandbox.provider.check import checked
from infra.sandbox.provider.resource import Resource
from infra.sandbox.provider.session import Session, open_session

MANAGEMENT = "444455556666"


@pytest.fixture
def session(endpoint: str) -> Session:
    """A session in an account that nothing else of these tests uses."""
    role = f"arn:aws:iam::{MANAGEMENT}:role/OrganizationAccountAccessRole"
    return open_session(
        {
            "region": "us-east-1",
            "endpoints": [{"sts": endpoint}],
            "assumeRoles": [{"roleArn": role}],
        }
    )


def _resource(token: str, session: Session) -> Resource:
    return Resource(TYPES[token], MAKERS[token], session)


def test_a_region_is_there_when_its_create_returns(session: Session) -> None:
    client = session.aws.client("account")
    client.enable_region(RegionName="af-south-1")
    # Asked for already, by somebody else or by a run that was killed: awaited, not asked again.
    status = client.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"]
    assert status == "ENABLING"
    region = _resource("aws:account/region:Region", session)
    inputs = checked(region.kind, {"regionName": "af-south-1", "enabled": True}, "us-east-1")
    resource_id, state = region.create(inputs)
    assert (resource_id, state["optStatus"]) == ("af-south-1", "ENABLED")


def test_a_closed_account_is_gone_and_a_removed_one_is_not_closed(session: Session) -> None:
    organization = _resource("aws:organizations/organization:Organization", session)
    organization.create(checked(organization.kind, {}, "us-east-1"))
    account = _resource("aws:organizations/account:Account", session)
    news = {"name": "wasl-x", "email": "aws+x@example.org", "closeOnDeletion": True}
    inputs = checked(account.kind, news, "us-east-1")
    number, state = account.create(inputs)
    with pytest.raises(RuntimeError, match="exists already: import it"):
        account.create(inputs)
    account.delete(number, {**state, **inputs})
    assert account.read(number, inputs, state) is None
    listed = session.aws.client("organizations").list_accounts()["Accounts"]
    assert [item["Status"] for item in listed if item["Id"] == number] == ["SUSPENDED"]


def test_waiting_ends() -> None:
    answers: Iterator[str | None] = iter([None, "done"])
    assert wait_for("it", lambda: next(answers), 5) == "done"
    with pytest.raises(RuntimeError, match="it: still waiting after 0 seconds"):
        wait_for("it", lambda: None, 0)
