"""Account management."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _disable(aws: Aws, state: Props) -> None:
    aws.client("account").disable_region(
        AccountId=state["accountId"], RegionName=state["regionName"]
    )


EXAMPLES = (
    Example(
        "aws:organizations/organization:Organization",
        lambda _: {"awsServiceAccessPrincipals": ["account.amazonaws.com"]},
    ),
    Example(
        "aws:organizations/account:Account",
        lambda _: {"name": "wasl-tn", "email": "aws+tn@example.org"},
        change={"name": "wasl-tunisia"},
    ),
    Example(
        "aws:account/region:Region",
        lambda made: {
            "accountId": made["Account"]["id"],
            "regionName": "eu-south-1",
            "enabled": True,
        },
        tamper=_disable,
        tampered="enabled",
        stays=True,
    ),
)
