"""Account management: regions that an account opts into, and account names.

Opting in takes AWS minutes, here a second or two: long enough that one who does not wait sees it.
The time runs from the request's own date, so that a replayed opt-in is long done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.sandbox.emulation import answer, empty, refusal, route

OPERATIONS = (
    "account:DisableRegion",
    "account:EnableRegion",
    "account:GetRegionOptStatus",
    "account:ListRegions",
    "account:PutAccountName",
)

# "Enable or disable AWS Regions in your account", AWS Account Management Reference Guide.
OPT_IN = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
    }
)
ALWAYS_ON = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
_TAKES = timedelta(seconds=2)


@dataclass(frozen=True)
class Choice:
    """What an account last asked for in a region."""

    enabled: bool
    at: datetime

    @property
    def status(self) -> str:
        under_way = datetime.now(UTC) < self.at + _TAKES
        return ("ENABL" if self.enabled else "DISABL") + ("ING" if under_way else "ED")


def install() -> None:
    """Add the operations to moto."""
    from moto.account import urls
    from moto.account.responses import AccountResponse

    answer(
        AccountResponse,
        enable_region=lambda self: _choose(self, True),
        disable_region=lambda self: _choose(self, False),
        get_region_opt_status=_get_region_opt_status,
        list_regions=_list_regions,
        put_account_name=_put_account_name,
    )
    paths = ("enableRegion", "disableRegion", "getRegionOptStatus", "listRegions", "putAccountName")
    route(urls, *(f"/{path}$" for path in paths), to=AccountResponse)


def _choices(response: Any) -> dict[str, Choice]:
    """The choices of the account asked about; a management account may ask about its members."""
    from moto.account.models import account_backends

    number = _account(response)
    choices: dict[str, Choice] = account_backends[number][response.partition].__dict__.setdefault(
        "regions", {}
    )
    return choices


def _account(response: Any) -> str:
    from moto.organizations.models import organizations_backends

    caller, asked = response.current_account, response._get_param("AccountId")
    if asked is None:
        return str(caller)
    owner, _ = organizations_backends.master_accounts.get(asked, ("", ""))
    if asked == caller or owner != caller:
        raise refusal("AccessDeniedException", f"{asked} is no member account of {caller}'s")
    return str(asked)


def _status(choices: dict[str, Choice], region: str) -> str:
    if region in ALWAYS_ON:
        return "ENABLED_BY_DEFAULT"
    if region not in OPT_IN:
        raise refusal("ValidationException", f"{region} is no region")
    return choices[region].status if region in choices else "DISABLED"


def _choose(self: Any, enabled: bool) -> Any:
    choices, region = _choices(self), self._get_param("RegionName")
    status = _status(choices, region)
    if status == "ENABLED_BY_DEFAULT":
        raise refusal("ValidationException", f"{region} is always enabled")
    if status.endswith("ING"):
        raise refusal("ConflictException", f"{region} is {status}")
    if (status == "ENABLED") != enabled:
        sent = datetime.strptime(self.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
        choices[region] = Choice(enabled, sent.replace(tzinfo=UTC))
    return empty()


def _get_region_opt_status(self: Any) -> str:
    region = self._get_param("RegionName")
    return json.dumps({"RegionName": region, "RegionOptStatus": _status(_choices(self), region)})


def _list_regions(self: Any) -> str:
    choices, wanted = _choices(self), self._get_param("RegionOptStatusContains") or ()
    regions = [
        {"RegionName": region, "RegionOptStatus": _status(choices, region)}
        for region in sorted(OPT_IN | ALWAYS_ON)
    ]
    told = [region for region in regions if not wanted or region["RegionOptStatus"] in wanted]
    return json.dumps({"Regions": told})


def _put_account_name(self: Any) -> Any:
    from moto.organizations.models import organizations_backends

    number = _account(self)
    owner, partition = organizations_backends.master_accounts[number]
    account = organizations_backends[owner][partition].get_account_by_id(number)
    account.name = self._get_param("AccountName")
    return empty()
