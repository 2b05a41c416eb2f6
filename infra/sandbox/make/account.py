"""Account management: opting into regions, and waiting until they can be used."""

from __future__ import annotations

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker, nothing
from infra.sandbox.make.waiting import wait_for

# "This process takes a few minutes for most accounts, but it can take several hours" (AWS);
# the real provider gives up after ten minutes too.
_SECONDS = 600.0


def _create(aws: Aws, props: Props) -> str:
    number, region = props.get("accountId"), str(props["regionName"])
    resource_id = f"{number},{region}" if number else region
    _update(aws, resource_id, {}, props)
    return resource_id


def _update(aws: Aws, resource_id: str, _old: Props, new: Props) -> None:
    """Ask for it unless it is so, and wait; a change that is under way already is awaited first."""
    number, _, region = resource_id.rpartition(",")
    target = {"RegionName": region, **({"AccountId": number} if number else {})}
    client = aws.client("account")

    def settled() -> str | None:
        status = str(client.get_region_opt_status(**target)["RegionOptStatus"])
        return None if status in ("ENABLING", "DISABLING") else status

    enabled = wait_for(f"region {resource_id}", settled, _SECONDS) != "DISABLED"
    if enabled != new["enabled"]:
        (client.enable_region if new["enabled"] else client.disable_region)(**target)
        wait_for(f"region {resource_id}", settled, _SECONDS)


MAKERS = {
    # Deleting it changes nothing: no other resource of the account may lose its region by that.
    "aws:account/region:Region": Maker(_create, _update, nothing),
}
