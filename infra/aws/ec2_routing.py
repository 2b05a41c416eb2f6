"""EC2: gateways, addresses, and the routes that lead to them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from infra.aws.ec2 import arn, default_vpcs, every, named
from infra.aws.model import Aws, AwsType, Props, Raw, tags

TARGETS = {
    "CarrierGatewayId": "carrierGatewayId",
    "CoreNetworkArn": "coreNetworkArn",
    "EgressOnlyInternetGatewayId": "egressOnlyGatewayId",
    "GatewayId": "gatewayId",
    "LocalGatewayId": "localGatewayId",
    "NatGatewayId": "natGatewayId",
    "NetworkInterfaceId": "networkInterfaceId",
    "TransitGatewayId": "transitGatewayId",
    "VpcPeeringConnectionId": "vpcPeeringConnectionId",
}
DESTINATIONS = {
    "DestinationCidrBlock": "destinationCidrBlock",
    "DestinationIpv6CidrBlock": "destinationIpv6CidrBlock",
    "DestinationPrefixListId": "destinationPrefixListId",
}
_ROUTE_ID = re.compile(r"r-(rtb-(?:[0-9a-f]{17}|[0-9a-f]{8}))\d+")


def _list_gateways(aws: Aws) -> Iterable[Raw]:
    ours = default_vpcs(aws)
    for gateway in every(aws, "describe_internet_gateways", "InternetGateways"):
        if _attached(gateway) not in ours:
            yield gateway


def _attached(raw: Raw) -> str:
    return next((str(place["VpcId"]) for place in raw.get("Attachments") or ()), "")


def _gateway(raw: Raw) -> Props:
    return {
        "arn": arn(raw, "internet-gateway", raw["InternetGatewayId"]),
        "vpcId": _attached(raw),
        "ownerId": raw["OwnerId"],
        "tags": tags(raw.get("Tags")),
    }


def _eip(raw: Raw) -> Props:
    address = raw["PublicIp"]
    return {
        "allocationId": raw["AllocationId"],
        "associationId": raw.get("AssociationId", ""),
        "domain": raw["Domain"],
        "instance": raw.get("InstanceId", ""),
        "networkBorderGroup": raw.get("NetworkBorderGroup", ""),
        "networkInterface": raw.get("NetworkInterfaceId", ""),
        "privateIp": raw.get("PrivateIpAddress", ""),
        "publicIp": address,
        "publicIpv4Pool": raw.get("PublicIpv4Pool", ""),
        "tags": tags(raw.get("Tags")),
    }


def _list_nats(aws: Aws) -> Iterable[Raw]:
    return filter(_alive, every(aws, "describe_nat_gateways", "NatGateways"))


def _read_nat(aws: Aws, nat_id: str, _state: Props) -> Raw | None:
    found = named(
        aws, "describe_nat_gateways", "NatGateways", "NatGatewayIds", nat_id, "NatGatewayNotFound"
    )
    return found if found and _alive(found) else None


def _alive(raw: Raw) -> bool:
    """AWS lists deleted gateways for another hour."""
    return raw["State"] not in ("deleting", "deleted", "failed")


def _nat(raw: Raw) -> Props:
    address: Raw = next(iter(raw.get("NatGatewayAddresses") or ()), {})
    public = "public" if address.get("AllocationId") else "private"
    return {
        "allocationId": address.get("AllocationId", ""),
        "associationId": address.get("AssociationId", ""),
        # moto does not say it, but only a public one has an allocated address.
        "connectivityType": raw.get("ConnectivityType") or public,
        "networkInterfaceId": address.get("NetworkInterfaceId", ""),
        "privateIp": address.get("PrivateIp", ""),
        "publicIp": address.get("PublicIp", ""),
        "subnetId": raw.get("SubnetId", ""),
        "vpcId": raw["VpcId"],
        "availabilityMode": raw.get("AvailabilityMode", ""),
        "tags": tags(raw.get("Tags")),
    }


def _tables(aws: Aws) -> Iterator[Raw]:
    return every(aws, "describe_route_tables", "RouteTables")


def _read_table(aws: Aws, table_id: str, _state: Props) -> Raw | None:
    code = "InvalidRouteTableID.NotFound"
    return named(aws, "describe_route_tables", "RouteTables", "RouteTableIds", table_id, code)


def _list_tables(aws: Aws) -> Iterable[Raw]:
    """Each VPC's main table comes with it and is AWS's own."""
    for table in _tables(aws):
        if not any(place.get("Main") for place in table["Associations"]):
            yield table


def _table(raw: Raw) -> Props:
    inline = {"DestinationCidrBlock": "cidrBlock", "DestinationIpv6CidrBlock": "ipv6CidrBlock"}
    names = {**DESTINATIONS, **inline}
    return {
        "arn": arn(raw, "route-table", raw["RouteTableId"]),
        "vpcId": raw["VpcId"],
        "ownerId": raw["OwnerId"],
        "propagatingVgws": [vgw["GatewayId"] for vgw in raw.get("PropagatingVgws") or ()],
        "routes": [
            {**_target(route), **{names[key]: route[key] for key in names if route.get(key)}}
            for route in _routes(raw)
        ],
        "tags": tags(raw.get("Tags")),
    }


def _routes(table: Raw) -> Iterator[Raw]:
    """A table's routes less those of its own network and of gateway endpoints."""
    for route in table["Routes"]:
        endpoint = "DestinationPrefixListId" in route and _is_endpoint(route)
        if route.get("Origin") == "CreateRoute" and not endpoint:
            yield {**route, "RouteTableId": table["RouteTableId"]}


def _is_endpoint(route: Raw) -> bool:
    return str(route.get("GatewayId", "")).startswith("vpce-")


def _target(route: Raw) -> Props:
    found = {ours: route[theirs] for theirs, ours in TARGETS.items() if route.get(theirs)}
    if _is_endpoint(route):
        found["vpcEndpointId"] = found.pop("gatewayId")
    return found


def _list_routes(aws: Aws) -> Iterable[Raw]:
    ours = default_vpcs(aws)
    return (
        route for table in _tables(aws) if table["VpcId"] not in ours for route in _routes(table)
    )


def _destination(route: Raw) -> str:
    return next(str(route[key]) for key in DESTINATIONS if route.get(key))


def route_id(table_id: str, destination: str) -> str:
    """The id that the real provider makes up: the table and the destination's CRC."""
    return f"r-{table_id}{zlib.crc32(destination.encode())}"


def _route_id(raw: Raw) -> str:
    return route_id(raw["RouteTableId"], _destination(raw))


def _read_route(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    """By its id, or by `table_destination` as one imports it."""
    table_id, _, destination = resource_id.partition("_")
    if not destination:
        made_up = _ROUTE_ID.fullmatch(resource_id)
        table_id = state.get("routeTableId") or (made_up.group(1) if made_up else resource_id)
    table = _read_table(aws, table_id, {})
    for route in _routes(table) if table else ():
        if resource_id == _route_id(route) or destination == _destination(route):
            return route
    return None


def _route(raw: Raw) -> Props:
    return {
        "routeTableId": raw["RouteTableId"],
        "origin": raw["Origin"],
        "state": raw["State"],
        **{ours: raw[theirs] for theirs, ours in DESTINATIONS.items() if raw.get(theirs)},
        **_target(raw),
    }


def _list_associations(aws: Aws) -> Iterable[Raw]:
    return (place for table in _tables(aws) for place in _associations(table))


def _associations(table: Raw) -> Iterator[Raw]:
    for place in table["Associations"]:
        gone = place.get("AssociationState", {}).get("State") in ("disassociating", "disassociated")
        if not place.get("Main") and not gone:
            yield place


def read_association(aws: Aws, resource_id: str, state: Props) -> Raw | None:
    """By its id, or by `subnet/table` as one imports it.

    AWS gives it another id when it is led to another table: then its subnet still knows it.
    """
    subnet_id = resource_id.partition("/")[0]
    if subnet_id.startswith("subnet-"):
        return _association(aws, "subnet-id", subnet_id)
    found = _association(aws, "route-table-association-id", resource_id)
    if found is None and state.get("subnetId"):
        found = _association(aws, "subnet-id", state["subnetId"])
    return found


def _association(aws: Aws, name: str, value: str) -> Raw | None:
    only = [{"Name": f"association.{name}", "Values": [value]}]
    for table in aws.pages("ec2", "describe_route_tables", "RouteTables", Filters=only):
        for place in _associations(table):
            if value in (place["RouteTableAssociationId"], place.get("SubnetId")):
                return place
    return None


TYPES = (
    AwsType(
        token="aws:ec2/internetGateway:InternetGateway",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::InternetGateway",
        list=_list_gateways,
        read=lambda aws, id, _: named(
            aws,
            "describe_internet_gateways",
            "InternetGateways",
            "InternetGatewayIds",
            id,
            "InvalidInternetGatewayID.NotFound",
        ),
        identify=lambda raw: str(raw["InternetGatewayId"]),
        normalise=_gateway,
    ),
    AwsType(
        token="aws:ec2/eip:Eip",
        service="ec2",
        cloudformation="AWS::EC2::EIP",
        list=lambda aws: every(aws, "describe_addresses", "Addresses"),
        read=lambda aws, id, _: named(
            aws,
            "describe_addresses",
            "Addresses",
            "AllocationIds",
            id,
            "InvalidAllocationID.NotFound",
        ),
        identify=lambda raw: str(raw["AllocationId"]),
        normalise=_eip,
        replace=frozenset(
            {
                "address",
                "customerOwnedIpv4Pool",
                "domain",
                "ipamPoolId",
                "networkBorderGroup",
                "publicIpv4Pool",
            }
        ),
        replace_source={"domain": "Terraform: an address never moves between VPC and classic"},
        # What it stands before is decided by what asks for it, such as a NAT gateway.
        computed=frozenset(
            {"domain", "instance", "networkBorderGroup", "networkInterface", "publicIpv4Pool"}
        ),
    ),
    AwsType(
        token="aws:ec2/natGateway:NatGateway",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::NatGateway",
        list=_list_nats,
        read=_read_nat,
        identify=lambda raw: str(raw["NatGatewayId"]),
        normalise=_nat,
        replace=frozenset(
            {
                "allocationId",
                "availabilityMode",
                "connectivityType",
                "privateIp",
                "subnetId",
                "vpcId",
            }
        ),
        defaults={"connectivityType": "public"},
        computed=frozenset({"availabilityMode", "privateIp", "vpcId"}),
    ),
    AwsType(
        token="aws:ec2/routeTable:RouteTable",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::RouteTable",
        list=_list_tables,
        read=_read_table,
        identify=lambda raw: str(raw["RouteTableId"]),
        normalise=_table,
        replace=frozenset({"vpcId"}),
        # Routes are resources of their own: what the table holds of them is theirs.
        computed=frozenset({"propagatingVgws", "routes"}),
        unordered=frozenset({"propagatingVgws", "routes"}),
    ),
    AwsType(
        token="aws:ec2/route:Route",
        service="ec2",
        parent="routeTableId",
        cloudformation="AWS::EC2::Route",
        list=_list_routes,
        read=_read_route,
        identify=_route_id,
        normalise=_route,
        key=("routeTableId", "destinationCidrBlock"),
        replace=frozenset({"routeTableId", *DESTINATIONS.values()}),
    ),
    AwsType(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",
        service="ec2",
        parent="routeTableId",
        cloudformation="AWS::EC2::SubnetRouteTableAssociation",
        list=_list_associations,
        read=read_association,
        identify=lambda raw: str(raw["RouteTableAssociationId"]),
        normalise=lambda raw: {
            "routeTableId": raw["RouteTableId"],
            "subnetId": raw.get("SubnetId", ""),
            "gatewayId": raw.get("GatewayId", ""),
        },
        # A subnet has one at most.
        key=("subnetId",),
        # CloudFormation replaces for another table too; Terraform calls the API that moves it.
        replace=frozenset({"gatewayId", "subnetId"}),
    ),
)
