"""EC2: networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

_VPC_ATTRIBUTES = {
    "enableDnsSupport": "EnableDnsSupport",
    "enableDnsHostnames": "EnableDnsHostnames",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
}


def every(aws: Aws, operation: str, key: str) -> Iterator[Raw]:
    """All of one kind, each with the region that its ARN needs and AWS does not say."""
    return ({**raw, "Region": aws.region} for raw in aws.pages("ec2", operation, key))


def named(
    aws: Aws, operation: str, key: str, argument: str, resource_id: str, *not_found: str
) -> Raw | None:
    """The one of its kind with this id, or None; shaped as in `every`."""
    call = getattr(aws.client("ec2"), operation)
    raw = one(lambda: call(**{argument: [resource_id]}), *not_found, key=key, pick=True)
    return raw and {**raw, "Region": aws.region}


def arn(raw: Raw, kind: str, resource_id: str) -> str:
    """The ARN of what `every` or `named` yielded."""
    return f"arn:aws:ec2:{raw['Region']}:{raw['OwnerId']}:{kind}/{resource_id}"


def default_vpcs(aws: Aws) -> frozenset[str]:
    """The VPCs that AWS made: with their gateway, routes and group no business of ours."""
    vpcs = aws.pages("ec2", "describe_vpcs", "Vpcs")
    return frozenset(vpc["VpcId"] for vpc in vpcs if vpc["IsDefault"])


def _list_vpcs(aws: Aws) -> Iterable[Raw]:
    for vpc in every(aws, "describe_vpcs", "Vpcs"):
        if not vpc["IsDefault"]:
            yield {**vpc, **_vpc_attributes(aws, vpc["VpcId"])}


def _read_vpc(aws: Aws, vpc_id: str, _state: Props) -> Raw | None:
    vpc = named(aws, "describe_vpcs", "Vpcs", "VpcIds", vpc_id, "InvalidVpcID.NotFound")
    return vpc and {**vpc, **_vpc_attributes(aws, vpc_id)}


def _vpc_attributes(aws: Aws, vpc_id: str) -> Props:
    ec2 = aws.client("ec2")

    def read(name: str) -> Raw:
        answer: Raw = ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        return answer

    answers = aws.each(read, _VPC_ATTRIBUTES)
    return {
        ours: answer[theirs]["Value"]
        for (ours, theirs), answer in zip(_VPC_ATTRIBUTES.items(), answers, strict=True)
    }


def _vpc(raw: Raw) -> Props:
    return {
        "arn": arn(raw, "vpc", raw["VpcId"]),
        "cidrBlock": raw["CidrBlock"],
        "instanceTenancy": raw["InstanceTenancy"],
        "dhcpOptionsId": raw.get("DhcpOptionsId", ""),
        "ownerId": raw.get("OwnerId", ""),
        "tags": tags(raw.get("Tags")),
        **{name: raw[name] for name in _VPC_ATTRIBUTES},
    }


def _list_subnets(aws: Aws) -> Iterable[Raw]:
    return (
        net for net in aws.pages("ec2", "describe_subnets", "Subnets") if not net["DefaultForAz"]
    )


def _read_subnet(aws: Aws, subnet_id: str, _state: Props) -> Raw | None:
    code = "InvalidSubnetID.NotFound"
    return named(aws, "describe_subnets", "Subnets", "SubnetIds", subnet_id, code)


def _subnet(raw: Raw) -> Props:
    return {
        "arn": raw["SubnetArn"],
        "vpcId": raw["VpcId"],
        "cidrBlock": raw["CidrBlock"],
        "availabilityZone": raw["AvailabilityZone"],
        "availabilityZoneId": raw.get("AvailabilityZoneId", ""),
        "mapPublicIpOnLaunch": raw["MapPublicIpOnLaunch"],
        "assignIpv6AddressOnCreation": raw.get("AssignIpv6AddressOnCreation", False),
        "ownerId": raw.get("OwnerId", ""),
        "tags": tags(raw.get("Tags")),
    }


TYPES = (
    AwsType(
        token="aws:ec2/vpc:Vpc",
        service="ec2",
        cloudformation="AWS::EC2::VPC",
        list=_list_vpcs,
        read=_read_vpc,
        identify=lambda raw: str(raw["VpcId"]),
        normalise=_vpc,
        replace=frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default"},
        computed=frozenset({"enableDnsHostnames", "enableNetworkAddressUsageMetrics"}),
    ),
    AwsType(
        token="aws:ec2/subnet:Subnet",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::Subnet",
        list=_list_subnets,
        read=_read_subnet,
        identify=lambda raw: str(raw["SubnetId"]),
        normalise=_subnet,
        replace=frozenset(
            {
                "vpcId",
                "cidrBlock",
                "availabilityZone",
                "availabilityZoneId",
                "outpostArn",
                "ipv6Native",
                "ipv4IpamPoolId",
                "ipv4NetmaskLength",
                "ipv6IpamPoolId",
                "ipv6NetmaskLength",
            }
        ),
        defaults={
            "assignIpv6AddressOnCreation": False,
            "enableDns64": False,
            "enableResourceNameDnsAaaaRecordOnLaunch": False,
            "enableResourceNameDnsARecordOnLaunch": False,
            "ipv6Native": False,
            "mapPublicIpOnLaunch": False,
        },
        computed=frozenset({"availabilityZone", "availabilityZoneId"}),
        # moto loses them, and the tenancy never sets them.
        write_only=frozenset(
            {
                "enableDns64",
                "enableResourceNameDnsAaaaRecordOnLaunch",
                "enableResourceNameDnsARecordOnLaunch",
                "ipv6Native",
            }
        ),
    ),
)
