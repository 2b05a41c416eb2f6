"""EC2: gateways, addresses, and the routes that lead to them."""

from __future__ import annotations

from typing import Any

from infra.aws.ec2_routing import DESTINATIONS, TARGETS, read_association, route_id
from infra.aws.model import Aws, Props
from infra.sandbox.make.ec2 import retag, tagged
from infra.sandbox.make.model import Maker, unsupported


def _create_gateway(aws: Aws, props: Props) -> str:
    created = aws.client("ec2").create_internet_gateway(
        TagSpecifications=tagged("internet-gateway", props)
    )
    gateway_id = str(created["InternetGateway"]["InternetGatewayId"])
    _attach(aws, gateway_id, {}, props)
    return gateway_id


def _attach(aws: Aws, gateway_id: str, old: Props, new: Props) -> None:
    ec2, before, after = aws.client("ec2"), old.get("vpcId"), new.get("vpcId")
    if before and before != after:
        ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=before)
    if after and before != after:
        ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=after)


def _update_gateway(aws: Aws, gateway_id: str, old: Props, new: Props) -> None:
    _attach(aws, gateway_id, old, new)
    retag(aws, gateway_id, old, new)


def _delete_gateway(aws: Aws, gateway_id: str, state: Props) -> None:
    _attach(aws, gateway_id, state, {})
    aws.client("ec2").delete_internet_gateway(InternetGatewayId=gateway_id)


def _create_eip(aws: Aws, props: Props) -> str:
    unsupported(
        props,
        "address",
        "associateWithPrivateIp",
        "customerOwnedIpv4Pool",
        "instance",
        "ipamPoolId",
        "networkBorderGroup",
        "networkInterface",
        "publicIpv4Pool",
    )
    created = aws.client("ec2").allocate_address(
        Domain="vpc", TagSpecifications=tagged("elastic-ip", props)
    )
    return str(created["AllocationId"])


def _create_nat(aws: Aws, props: Props) -> str:
    unsupported(
        props,
        "availabilityMode",
        "availabilityZoneAddresses",
        "secondaryAllocationIds",
        "secondaryPrivateIpAddressCount",
        "secondaryPrivateIpAddresses",
        "vpcId",
    )
    optional = {
        name[0].upper() + name[1:]: props[name]
        for name in ("allocationId", "privateIp", "subnetId")
        if props.get(name)
    }
    created = aws.client("ec2").create_nat_gateway(
        ConnectivityType=props["connectivityType"],
        TagSpecifications=tagged("natgateway", props),
        **optional,
    )
    nat_id = str(created["NatGateway"]["NatGatewayId"])
    aws.client("ec2").get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat_id])
    return nat_id


def _delete_nat(aws: Aws, nat_id: str, _state: Props) -> None:
    aws.client("ec2").delete_nat_gateway(NatGatewayId=nat_id)
    aws.client("ec2").get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat_id])


def _create_table(aws: Aws, props: Props) -> str:
    unsupported(props, "propagatingVgws", "routes")
    created = aws.client("ec2").create_route_table(
        VpcId=props["vpcId"], TagSpecifications=tagged("route-table", props)
    )
    return str(created["RouteTable"]["RouteTableId"])


def _update_table(aws: Aws, table_id: str, old: Props, new: Props) -> None:
    unsupported(new, "propagatingVgws", "routes")
    retag(aws, table_id, old, new)


def _destination(props: Props) -> dict[str, Any]:
    """The destination as arguments of a call, after the table's."""
    known = {theirs: props[ours] for theirs, ours in DESTINATIONS.items() if props.get(ours)}
    return {"RouteTableId": props["routeTableId"], **known}


def _target(props: Props) -> dict[str, Any]:
    names = {**TARGETS, "VpcEndpointId": "vpcEndpointId"}
    return {theirs: props[ours] for theirs, ours in names.items() if props.get(ours)}


def _create_route(aws: Aws, props: Props) -> str:
    aws.client("ec2").create_route(**_destination(props), **_target(props))
    destination = next(props[ours] for ours in DESTINATIONS.values() if props.get(ours))
    return route_id(props["routeTableId"], destination)


def _update_route(aws: Aws, _id: str, _old: Props, new: Props) -> None:
    aws.client("ec2").replace_route(**_destination(new), **_target(new))


def _delete_route(aws: Aws, _id: str, state: Props) -> None:
    aws.client("ec2").delete_route(**_destination(state))


def _create_association(aws: Aws, props: Props) -> str:
    unsupported(props, "gatewayId")
    ec2, subnet_id = aws.client("ec2"), props["subnetId"]
    # moto answers with the association that is there, whatever table it leads to.
    only = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    if ec2.describe_route_tables(Filters=only)["RouteTables"]:
        raise RuntimeError(f"Resource.AlreadyAssociated: {subnet_id} has a route table: import it")
    made = ec2.associate_route_table(RouteTableId=props["routeTableId"], SubnetId=subnet_id)
    return str(made["AssociationId"])


def _update_association(aws: Aws, association_id: str, _old: Props, new: Props) -> None:
    # Each call gives it another id, and Pulumi keeps the one it knows until the next refresh.
    found = read_association(aws, association_id, new)
    aws.client("ec2").replace_route_table_association(
        AssociationId=found["RouteTableAssociationId"] if found else association_id,
        RouteTableId=new["routeTableId"],
    )


def _delete_association(aws: Aws, association_id: str, state: Props) -> None:
    found = read_association(aws, association_id, state)
    aws.client("ec2").disassociate_route_table(
        AssociationId=found["RouteTableAssociationId"] if found else association_id
    )


MAKERS = {
    "aws:ec2/internetGateway:InternetGateway": Maker(
        _create_gateway, _update_gateway, _delete_gateway
    ),
    "aws:ec2/eip:Eip": Maker(
        _create_eip, retag, lambda aws, id, _: aws.client("ec2").release_address(AllocationId=id)
    ),
    "aws:ec2/natGateway:NatGateway": Maker(_create_nat, retag, _delete_nat),
    "aws:ec2/routeTable:RouteTable": Maker(
        _create_table,
        _update_table,
        lambda aws, id, _: aws.client("ec2").delete_route_table(RouteTableId=id),
    ),
    "aws:ec2/route:Route": Maker(_create_route, _update_route, _delete_route),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Maker(
        _create_association,
        _update_association,
        _delete_association,
    ),
}
