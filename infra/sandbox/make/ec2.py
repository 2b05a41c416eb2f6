"""EC2: networks."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs


def tagged(kind: str, props: Props) -> list[dict[str, Any]]:
    """The `TagSpecifications` of a create call: found again even when the call is cut off."""
    return [{"ResourceType": kind, "Tags": pairs(props)}] if props.get("tags") else []


def retag(aws: Aws, resource_id: str, old: Props, new: Props) -> None:
    """Bring a resource's tags from `old` to `new`."""
    put, gone = changed_tags(old, new)
    ec2 = aws.client("ec2")
    if put:
        ec2.create_tags(Resources=[resource_id], Tags=pairs({"tags": put}))
    if gone:
        ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": key} for key in gone])


def _create_vpc(aws: Aws, props: Props) -> str:
    created = aws.client("ec2").create_vpc(
        CidrBlock=props["cidrBlock"],
        InstanceTenancy=props["instanceTenancy"],
        TagSpecifications=tagged("vpc", props),
    )
    vpc_id = str(created["Vpc"]["VpcId"])
    _vpc_attributes(aws, vpc_id, {"enableDnsSupport": True}, props)
    return vpc_id


def _vpc_attributes(aws: Aws, vpc_id: str, old: Props, new: Props) -> None:
    for name in ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"):
        if name in new and new[name] != old.get(name):
            argument = {name[0].upper() + name[1:]: {"Value": new[name]}}
            aws.client("ec2").modify_vpc_attribute(VpcId=vpc_id, **argument)


def _update_vpc(aws: Aws, vpc_id: str, old: Props, new: Props) -> None:
    _vpc_attributes(aws, vpc_id, old, new)
    retag(aws, vpc_id, old, new)


def _create_subnet(aws: Aws, props: Props) -> str:
    zone = {"AvailabilityZone": props["availabilityZone"]} if "availabilityZone" in props else {}
    created = aws.client("ec2").create_subnet(
        VpcId=props["vpcId"],
        CidrBlock=props["cidrBlock"],
        TagSpecifications=tagged("subnet", props),
        **zone,
    )
    subnet_id = str(created["Subnet"]["SubnetId"])
    _subnet_attributes(aws, subnet_id, {"mapPublicIpOnLaunch": False}, props)
    return subnet_id


def _subnet_attributes(aws: Aws, subnet_id: str, old: Props, new: Props) -> None:
    if new["mapPublicIpOnLaunch"] != old["mapPublicIpOnLaunch"]:
        aws.client("ec2").modify_subnet_attribute(
            SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": new["mapPublicIpOnLaunch"]}
        )


def _update_subnet(aws: Aws, subnet_id: str, old: Props, new: Props) -> None:
    _subnet_attributes(aws, subnet_id, old, new)
    retag(aws, subnet_id, old, new)


MAKERS = {
    "aws:ec2/vpc:Vpc": Maker(
        _create_vpc, _update_vpc, lambda aws, id, _: aws.client("ec2").delete_vpc(VpcId=id)
    ),
    "aws:ec2/subnet:Subnet": Maker(
        _create_subnet,
        _update_subnet,
        lambda aws, id, _: aws.client("ec2").delete_subnet(SubnetId=id),
    ),
}
