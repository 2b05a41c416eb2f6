"""The tenancy's network: three tiers of subnets over two or three zones."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from infra.components.addresses import plan, zone_names
from infra.components.base import Component, Place
from infra.components.keys import Keys
from infra.components.policy import allow, document, trust


class Network(Component):
    """VPC, subnets, ways out, flow logs; the default security group lets nothing through."""

    manifest_key = "network"

    def __init__(self, place: Place, keys: Keys) -> None:
        super().__init__(place)
        network = place.country.network
        addresses = plan(network.cidr, network.zones)
        self.zones = zone_names(place.region, network.zones)
        self.vpc = aws.ec2.Vpc(
            "vpc",
            cidr_block=str(network.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            opts=self.child(),
        )
        aws.ec2.DefaultSecurityGroup("default", vpc_id=self.vpc.id, opts=self.child())
        self.public = self._subnets("public", addresses.public)
        self.private = self._subnets("private", addresses.private)
        self.data = self._subnets("data", addresses.data)
        public, private = self._ways_out()
        self._endpoint([public, *private])
        self._flow_logs(keys)
        self.done()

    def _subnets(self, tier: str, ranges: Sequence[IPv4Network]) -> list[aws.ec2.Subnet]:
        return [
            aws.ec2.Subnet(
                f"{tier}-{number}",
                vpc_id=self.vpc.id,
                cidr_block=str(cidr),
                availability_zone=zone,
                opts=self.child(),
            )
            for number, (cidr, zone) in enumerate(zip(ranges, self.zones, strict=True), 1)
        ]

    def _ways_out(self) -> tuple[aws.ec2.RouteTable, list[aws.ec2.RouteTable]]:
        """Public subnets reach the Internet by a gateway, private ones by NAT, data not at all."""
        gateway = aws.ec2.InternetGateway("internet", vpc_id=self.vpc.id, opts=self.child())
        public = self._table("public", self.public)
        self._default_route("public", public, gateway_id=gateway.id)
        nats = [self._nat(number, gateway) for number in range(1, self._nat_count() + 1)]
        private = []
        for number, subnet in enumerate(self.private, 1):
            table = self._table(f"private-{number}", [subnet])
            nat = nats[(number - 1) % len(nats)]
            self._default_route(f"private-{number}", table, nat_gateway_id=nat.id)
            private.append(table)
        self._table("data", self.data)
        return public, private

    def _nat_count(self) -> int:
        """One in a pilot; one a zone in production, so that a zone's failure stays there."""
        return len(self.zones) if self.place.country.production else 1

    def _nat(self, number: int, gateway: aws.ec2.InternetGateway) -> aws.ec2.NatGateway:
        address = aws.ec2.Eip(f"nat-{number}", domain="vpc", opts=self.child(depends_on=[gateway]))
        return aws.ec2.NatGateway(
            f"nat-{number}",
            allocation_id=address.allocation_id,
            subnet_id=self.public[number - 1].id,
            opts=self.child(depends_on=[gateway]),
        )

    def _table(self, name: str, subnets: Sequence[aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc.id, opts=self.child())
        for number, subnet in enumerate(subnets, 1):
            aws.ec2.RouteTableAssociation(
                f"{name}-{number}" if len(subnets) > 1 else name,
                route_table_id=table.id,
                subnet_id=subnet.id,
                opts=self.child(),
            )
        return table

    def _default_route(
        self, name: str, table: aws.ec2.RouteTable, **target: pulumi.Input[str]
    ) -> None:
        aws.ec2.Route(
            name,
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=target.get("gateway_id"),
            nat_gateway_id=target.get("nat_gateway_id"),
            opts=self.child(),
        )

    def _endpoint(self, tables: Sequence[aws.ec2.RouteTable]) -> None:
        """S3 without the Internet in between, and without paying NAT for it."""
        aws.ec2.VpcEndpoint(
            "s3",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{self.place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables],
            opts=self.child(),
        )

    def _flow_logs(self, keys: Keys) -> None:
        group = aws.cloudwatch.LogGroup(
            "flow",
            name=f"/{self.place.prefix}/flow",
            retention_in_days=365,
            kms_key_id=keys.logs.arn,
            opts=self.child(),
        )
        role = aws.iam.Role(
            "flow",
            name=f"{self.place.prefix}-flow-logs",
            assume_role_policy=trust("vpc-flow-logs.amazonaws.com", self.place.account),
            opts=self.child(),
        )
        write = allow(
            ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            [group.arn, pulumi.Output.concat(group.arn, ":*")],
        )
        policy = aws.iam.RolePolicy(
            "flow", name="write", role=role.name, policy=document(write), opts=self.child()
        )
        aws.ec2.FlowLog(
            "flow",
            vpc_id=self.vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            opts=self.child(depends_on=[policy]),
        )
