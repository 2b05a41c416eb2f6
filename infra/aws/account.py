"""Account management: the regions that an account has opted into."""

from __future__ import annotations

from collections.abc import Iterator

from infra.aws.model import Aws, AwsType, Props, Raw
from infra.aws.organizations import accounts

# What is always on, and what nobody asked for, is AWS's own doing.
_CHOSEN = ("ENABLED", "ENABLING", "DISABLING")


def _list_regions(aws: Aws) -> Iterator[Raw]:
    """The account's own choices and, where it manages an organisation, those of its members."""
    yield from _chosen(aws, {})
    for account in _members(aws):
        yield from _chosen(aws, {"AccountId": account["Id"]})


def _members(aws: Aws) -> list[Raw]:
    found = accounts(aws)
    own = aws.account() if found else ""
    # A member account that may see the organisation cannot speak for it.
    return [account for account in found if account["Arn"].split(":")[4] == own]


def _chosen(aws: Aws, whose: Props) -> Iterator[Raw]:
    regions = aws.pages(
        "account", "list_regions", "Regions", RegionOptStatusContains=list(_CHOSEN), **whose
    )
    return ({**region, **whose} for region in regions)


def _read_region(aws: Aws, resource_id: str, _state: Props) -> Raw | None:
    number, _, region = resource_id.rpartition(",")
    whose = {"AccountId": number} if number else {}
    status = aws.client("account").get_region_opt_status(RegionName=region, **whose)
    return {**status, **whose}


TYPES = (
    AwsType(
        token="aws:account/region:Region",
        service="account",
        list=_list_regions,
        read=_read_region,
        identify=lambda raw: ",".join(
            [raw["AccountId"], raw["RegionName"]] if "AccountId" in raw else [raw["RegionName"]]
        ),
        normalise=lambda raw: {
            "accountId": raw.get("AccountId", ""),
            "enabled": raw["RegionOptStatus"] in ("ENABLED", "ENABLED_BY_DEFAULT"),
            "optStatus": raw["RegionOptStatus"],
            "regionName": raw["RegionName"],
        },
        key=("accountId", "regionName"),
        replace=frozenset({"accountId", "regionName"}),
        home="us-east-1",
    ),
)
