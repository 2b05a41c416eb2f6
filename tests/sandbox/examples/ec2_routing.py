"""EC2: gateways, addresses, routes."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made


def _tags(name: str, **more: str) -> Props:
    return {"wasl:urn": f"test/{name}", **more}


def _route(made: Made) -> Props:
    table, nat = made["RouteTable"]["id"], made["NatGateway"]["id"]
    return {"routeTableId": table, "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": nat}


def _detach(aws: Aws, state: Props) -> None:
    aws.client("ec2").detach_internet_gateway(InternetGatewayId=state["id"], VpcId=state["vpcId"])


def _mark(aws: Aws, state: Props) -> None:
    aws.client("ec2").create_tags(Resources=[state["id"]], Tags=[{"Key": "country", "Value": "tn"}])


def _move(aws: Aws, state: Props) -> None:
    ec2 = aws.client("ec2")
    only = [{"Name": "tag:wasl:urn", "Values": ["test/other"]}]
    other = ec2.describe_route_tables(Filters=only)["RouteTables"][0]
    ec2.replace_route_table_association(
        AssociationId=state["id"], RouteTableId=other["RouteTableId"]
    )


def _expose(aws: Aws, state: Props) -> None:
    ec2 = aws.client("ec2")
    only = [{"Name": "tag:wasl:urn", "Values": ["test/InternetGateway"]}]
    gateway = ec2.describe_internet_gateways(Filters=only)["InternetGateways"][0]
    ec2.replace_route(
        RouteTableId=state["routeTableId"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=gateway["InternetGatewayId"],
    )


EXAMPLES = (
    Example("aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.2.0.0/16", "tags": _tags("Vpc")}),
    Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "cidrBlock": "10.2.1.0/24",
            "tags": _tags("Subnet"),
        },
    ),
    Example(
        "aws:ec2/internetGateway:InternetGateway",
        lambda made: {"vpcId": made["Vpc"]["id"], "tags": _tags("InternetGateway")},
        change={"tags": _tags("InternetGateway", country="jo")},
        tamper=_detach,
        tampered="vpcId",
    ),
    Example(
        "aws:ec2/eip:Eip",
        lambda _: {"domain": "vpc", "tags": _tags("Eip", country="jo")},
        change={"tags": _tags("Eip", country="dz")},
        tamper=_mark,
        tampered="tags.country",
    ),
    Example(
        "aws:ec2/natGateway:NatGateway",
        lambda made: {
            "allocationId": made["Eip"]["id"],
            "subnetId": made["Subnet"]["id"],
            "tags": _tags("NatGateway", country="jo"),
        },
        change={"tags": _tags("NatGateway", country="dz")},
        tamper=_mark,
        tampered="tags.country",
    ),
    Example(
        "aws:ec2/routeTable:RouteTable",
        lambda made: {"vpcId": made["Vpc"]["id"], "tags": _tags("other")},
        name="other",
    ),
    Example(
        "aws:ec2/routeTable:RouteTable",
        lambda made: {"vpcId": made["Vpc"]["id"], "tags": _tags("RouteTable", country="jo")},
        change={"tags": _tags("RouteTable", country="dz")},
        tamper=_mark,
        tampered="tags.country",
    ),
    Example(
        "aws:ec2/route:Route",
        _route,
        tamper=_expose,
        tampered="gatewayId natGatewayId",
        import_id=lambda state: f"{state['routeTableId']}_0.0.0.0/0",
    ),
    Example(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda made: {
            "subnetId": made["Subnet"]["id"],
            "routeTableId": made["RouteTable"]["id"],
        },
        tamper=_move,
        tampered="routeTableId",
        import_id=lambda state: f"{state['subnetId']}/{state['routeTableId']}",
    ),
)
