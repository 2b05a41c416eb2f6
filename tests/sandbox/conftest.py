"""A sandbox server of its own for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.sandbox.provider.session import Session, open_session
from tests.emulated import emulated_aws

ACCOUNT = "111122223333"


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running server; its URL."""
    with emulated_aws(tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture(scope="session")
def session(endpoint: str) -> Session:
    """A session in a country's account."""
    return open_session(
        {
            "region": "eu-south-1",
            "endpoints": [{"sts": endpoint}],
            "assumeRoles": [
                {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccountAccessRole"}
            ],
        }
    )
