"""EC2: private ways to AWS's services, and records of what flows through a network."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.ec2 import arn, every, named
from infra.aws.model import Aws, AwsType, Props, Raw, lower_camel, tags


def _list_endpoints(aws: Aws) -> Iterable[Raw]:
    for endpoint in every(aws, "describe_vpc_endpoints", "VpcEndpoints"):
        if _alive(endpoint):
            # Its prefix list is an output that nobody compares, and takes a call of its own.
            yield {**endpoint, "PrefixListId": ""}


def _read_endpoint(aws: Aws, endpoint_id: str, _state: Props) -> Raw | None:
    found = named(
        aws,
        "describe_vpc_endpoints",
        "VpcEndpoints",
        "VpcEndpointIds",
        endpoint_id,
        "InvalidVpcEndpointId.NotFound",
    )
    if found is None or not _alive(found):
        return None
    gateway = found["VpcEndpointType"] == "Gateway"
    prefixes = _prefix_lists(aws, found["ServiceName"]) if gateway else {}
    return {**found, "PrefixListId": prefixes.get(found["ServiceName"], "")}


def _prefix_lists(aws: Aws, *services: str) -> dict[str, str]:
    """The prefix list of each service: what security groups name a gateway endpoint by."""
    only = [{"Name": "prefix-list-name", "Values": list(services)}] if services else []
    lists = aws.pages("ec2", "describe_prefix_lists", "PrefixLists", Filters=only)
    return {found["PrefixListName"]: found["PrefixListId"] for found in lists}


def _alive(raw: Raw) -> bool:
    return str(raw["State"]).lower() not in ("deleting", "deleted", "failed")


def _endpoint(raw: Raw) -> Props:
    return {
        "arn": arn(raw, "vpc-endpoint", raw["VpcEndpointId"]),
        "dnsEntries": [
            {"dnsName": entry["DnsName"], "hostedZoneId": entry.get("HostedZoneId", "")}
            for entry in raw.get("DnsEntries") or ()
        ],
        "ipAddressType": raw.get("IpAddressType", ""),
        "networkInterfaceIds": raw.get("NetworkInterfaceIds", []),
        "ownerId": raw.get("OwnerId", ""),
        "policy": raw.get("PolicyDocument", ""),
        "prefixListId": raw["PrefixListId"],
        "privateDnsEnabled": raw.get("PrivateDnsEnabled", False),
        "routeTableIds": raw.get("RouteTableIds", []),
        "securityGroupIds": [group["GroupId"] for group in raw.get("Groups") or ()],
        "serviceName": raw["ServiceName"],
        "serviceRegion": raw.get("ServiceRegion", ""),
        "state": raw["State"],
        "subnetIds": raw.get("SubnetIds", []),
        "tags": tags(raw.get("Tags")),
        "vpcEndpointType": raw["VpcEndpointType"],
        "vpcId": raw["VpcId"],
    }


def _list_flow_logs(aws: Aws) -> Iterable[Raw]:
    return every(aws, "describe_flow_logs", "FlowLogs")


def _read_flow_log(aws: Aws, log_id: str, _state: Props) -> Raw | None:
    return named(
        aws, "describe_flow_logs", "FlowLogs", "FlowLogIds", log_id, "InvalidFlowLogId.NotFound"
    )


_PARTS = {"vpc-": "vpcId", "subnet-": "subnetId", "eni-": "eniId"}


def _flow_log(raw: Raw) -> Props:
    part = next((ours for start, ours in _PARTS.items() if raw["ResourceId"].startswith(start)), "")
    options = raw.get("DestinationOptions") or {}
    return {
        "deliverCrossAccountRole": raw.get("DeliverCrossAccountRole", ""),
        "destinationOptions": {lower_camel(name): value for name, value in options.items()},
        "iamRoleArn": raw.get("DeliverLogsPermissionArn", ""),
        "logDestination": raw.get("LogDestination", ""),
        "logDestinationType": raw["LogDestinationType"],
        "logFormat": raw["LogFormat"],
        "maxAggregationInterval": raw["MaxAggregationInterval"],
        "tags": tags(raw.get("Tags")),
        "trafficType": raw.get("TrafficType", ""),
        part: raw["ResourceId"],
    }


TYPES = (
    AwsType(
        token="aws:ec2/vpcEndpoint:VpcEndpoint",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::VPCEndpoint",
        list=_list_endpoints,
        read=_read_endpoint,
        identify=lambda raw: str(raw["VpcEndpointId"]),
        normalise=_endpoint,
        replace=frozenset(
            {
                "resourceConfigurationArn",
                "serviceName",
                "serviceNetworkArn",
                "serviceRegion",
                "vpcEndpointType",
                "vpcId",
            }
        ),
        defaults={"vpcEndpointType": "Gateway"},
        computed=frozenset(
            {
                "dnsOptions",
                "ipAddressType",
                "policy",
                "privateDnsEnabled",
                "routeTableIds",
                "securityGroupIds",
                "serviceRegion",
                "subnetConfigurations",
                "subnetIds",
            }
        ),
        unordered=frozenset({"routeTableIds", "securityGroupIds", "subnetIds"}),
        documents=frozenset({"policy"}),
        watched=frozenset({"policy"}),
        write_only=frozenset({"autoAccept"}),
    ),
    AwsType(
        token="aws:ec2/flowLog:FlowLog",
        service="ec2",
        parent="vpcId",
        cloudformation="AWS::EC2::FlowLog",
        list=_list_flow_logs,
        read=_read_flow_log,
        identify=lambda raw: str(raw["FlowLogId"]),
        normalise=_flow_log,
        replace=frozenset(
            {
                "deliverCrossAccountRole",
                "destinationOptions",
                "eniId",
                "iamRoleArn",
                "logDestination",
                "logDestinationType",
                "logFormat",
                "maxAggregationInterval",
                "regionalNatGatewayId",
                "subnetId",
                "tagFieldSpecifications",
                "trafficType",
                "transitGatewayAttachmentId",
                "transitGatewayId",
                "vpcId",
            }
        ),
        defaults={"logDestinationType": "cloud-watch-logs", "maxAggregationInterval": 600},
        computed=frozenset({"logFormat"}),
        # moto loses the options of files.
        write_only=frozenset({"destinationOptions"}),
    ),
)
