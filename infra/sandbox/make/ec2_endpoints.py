"""EC2: private ways to AWS's services, and records of what flows through a network."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props
from infra.sandbox.make.ec2 import retag, tagged
from infra.sandbox.make.model import Maker, unsupported

_LISTS = {
    "routeTableIds": "RouteTableIds",
    "securityGroupIds": "SecurityGroupIds",
    "subnetIds": "SubnetIds",
}
_LATER = ("dnsOptions", "ipAddressType", "serviceRegion", "subnetConfigurations")


def _create_endpoint(aws: Aws, props: Props) -> str:
    unsupported(props, *_LATER, "resourceConfigurationArn", "serviceNetworkArn")
    optional: dict[str, Any] = {
        theirs: props[ours] for ours, theirs in _LISTS.items() if props.get(ours)
    }
    if props.get("policy"):
        optional["PolicyDocument"] = props["policy"]
    if props["vpcEndpointType"] == "Interface":
        optional["PrivateDnsEnabled"] = props.get("privateDnsEnabled", False)
    created = aws.client("ec2").create_vpc_endpoint(
        VpcId=props["vpcId"],
        ServiceName=props["serviceName"],
        VpcEndpointType=props["vpcEndpointType"],
        TagSpecifications=tagged("vpc-endpoint", props),
        **optional,
    )
    return str(created["VpcEndpoint"]["VpcEndpointId"])


def _update_endpoint(aws: Aws, endpoint_id: str, old: Props, new: Props) -> None:
    unsupported(new, *_LATER)
    changes: dict[str, Any] = {}
    for ours, theirs in _LISTS.items():
        before, after = set(old.get(ours) or ()), set(new.get(ours) or ())
        if ours in new and after - before:
            changes[f"Add{theirs}"] = sorted(after - before)
        if ours in new and before - after:
            changes[f"Remove{theirs}"] = sorted(before - after)
    if new.get("policy") and new["policy"] != old.get("policy"):
        changes["PolicyDocument"] = new["policy"]
    if new.get("privateDnsEnabled", False) != old.get("privateDnsEnabled", False):
        changes["PrivateDnsEnabled"] = new.get("privateDnsEnabled", False)
    if changes:
        aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint_id, **changes)
    retag(aws, endpoint_id, old, new)


def _delete_endpoint(aws: Aws, endpoint_id: str, _state: Props) -> None:
    answer = aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])
    _all_done(answer)


def _all_done(answer: Props) -> None:
    """Calls that take several things answer what failed rather than fail."""
    for failed in answer.get("Unsuccessful") or ():
        error = failed["Error"]
        raise RuntimeError(f"{error['Code']}: {error['Message']}")


_PARTS = {"vpcId": "VPC", "subnetId": "Subnet", "eniId": "NetworkInterface"}


def _create_flow_log(aws: Aws, props: Props) -> str:
    unsupported(
        props,
        "deliverCrossAccountRole",
        "regionalNatGatewayId",
        "tagFieldSpecifications",
        "transitGatewayAttachmentId",
        "transitGatewayId",
    )
    part, kind = next((part, kind) for part, kind in _PARTS.items() if props.get(part))
    names = {
        "iamRoleArn": "DeliverLogsPermissionArn",
        "logFormat": "LogFormat",
        "trafficType": "TrafficType",
    }
    options = {
        name[0].upper() + name[1:]: value
        for name, value in (props.get("destinationOptions") or {}).items()
        if name != "__defaults"
    }
    created = aws.client("ec2").create_flow_logs(
        ResourceIds=[props[part]],
        ResourceType=kind,
        LogDestination=props["logDestination"],
        LogDestinationType=props["logDestinationType"],
        MaxAggregationInterval=props["maxAggregationInterval"],
        TagSpecifications=tagged("vpc-flow-log", props),
        **({"DestinationOptions": options} if options else {}),
        **{theirs: props[ours] for ours, theirs in names.items() if props.get(ours)},
    )
    _all_done(created)
    return str(created["FlowLogIds"][0])


def _delete_flow_log(aws: Aws, log_id: str, _state: Props) -> None:
    _all_done(aws.client("ec2").delete_flow_logs(FlowLogIds=[log_id]))


MAKERS = {
    "aws:ec2/flowLog:FlowLog": Maker(_create_flow_log, retag, _delete_flow_log),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Maker(_create_endpoint, _update_endpoint, _delete_endpoint),
}
