"""Elastic Load Balancing: balancers, their listeners and target groups."""

from __future__ import annotations

from typing import Any

from infra.aws.lb import ACTIONS, BALANCER, BALANCER_LOGS, HEALTH, LISTENER, TARGETS, Attributes
from infra.aws.model import Aws, Props, one
from infra.aws.shape import pascal
from infra.sandbox.make.model import Maker, unsupported
from infra.sandbox.make.tagging import changed_tags, pairs

Pairs = list[dict[str, str]]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pairs(values: dict[str, Any]) -> Pairs:
    return [{"Key": name, "Value": _text(value)} for name, value in values.items()]


def _tags(props: Props) -> dict[str, Pairs]:
    """AWS refuses an empty list here."""
    return {"Tags": pairs(props)} if props.get("tags") else {}


def _changed(attributes: Attributes, old: Props, new: Props) -> dict[str, Any]:
    """Attributes to set to get from `old` to `new`; what `new` leaves out is AWS's default."""
    before = {theirs: old.get(ours, usual) for theirs, (ours, usual) in attributes.items()}
    after = {theirs: new.get(ours, usual) for theirs, (ours, usual) in attributes.items()}
    return {name: value for name, value in after.items() if value != before[name]}


def _retag(aws: Aws, arn: str, old: Props, new: Props) -> None:
    put, gone = changed_tags(old, new)
    if put:
        aws.client("elbv2").add_tags(ResourceArns=[arn], Tags=pairs({"tags": put}))
    if gone:
        aws.client("elbv2").remove_tags(ResourceArns=[arn], TagKeys=gone)


_NETWORK_ONLY = (
    "customerOwnedIpv4Pool",
    "enableCrossZoneLoadBalancing",
    "enablePrefixForIpv6SourceNat",
    "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
    "healthCheckLogs",
    "ipamPools",
    "minimumLoadBalancerCapacity",
    "secondaryIpsAutoAssignedPerSubnet",
    "subnetMappings",
)


def _create_balancer(aws: Aws, props: Props) -> str:
    unsupported(props, *_NETWORK_ONLY)
    if props["loadBalancerType"] != "application":
        raise RuntimeError("the stand-in makes application balancers only")
    elb, name = aws.client("elbv2"), props["name"]
    # AWS answers with the one that is there, as moto does with a second of the name.
    if one(
        lambda: elb.describe_load_balancers(Names=[name]),
        "LoadBalancerNotFound",
        key="LoadBalancers",
        pick=True,
    ):
        raise RuntimeError(f"load balancer {name} exists already: import it")
    optional = {"IpAddressType": props["ipAddressType"]} if props.get("ipAddressType") else {}
    created = elb.create_load_balancer(
        Name=name,
        Type="application",
        Scheme="internal" if props.get("internal") else "internet-facing",
        Subnets=props.get("subnets", []),
        SecurityGroups=props.get("securityGroups", []),
        **_tags(props),
        **optional,
    )
    arn = str(created["LoadBalancers"][0]["LoadBalancerArn"])
    _balancer_attributes(aws, arn, {}, props)
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[arn])
    return arn


def _balancer_attributes(aws: Aws, arn: str, old: Props, new: Props) -> None:
    values = _changed(BALANCER, old, new)
    for block, name in BALANCER_LOGS.items():
        if (new.get(block) or {}) != (old.get(block) or {}):
            values |= _logs(name, new.get(block) or {})
    if values:
        aws.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=arn, Attributes=_pairs(values)
        )


def _logs(name: str, block: Props) -> dict[str, Any]:
    if not block.get("enabled"):
        return {f"{name}.s3.enabled": False, f"{name}.s3.bucket": block.get("bucket", "")}
    return {
        f"{name}.s3.enabled": True,
        f"{name}.s3.bucket": block["bucket"],
        f"{name}.s3.prefix": block.get("prefix", ""),
    }


def _update_balancer(aws: Aws, arn: str, old: Props, new: Props) -> None:
    unsupported(new, *_NETWORK_ONLY)
    elb = aws.client("elbv2")
    _balancer_attributes(aws, arn, old, new)
    if new.get("securityGroups") and set(new["securityGroups"]) != set(old["securityGroups"]):
        elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=new["securityGroups"])
    if new.get("subnets") and set(new["subnets"]) != set(old["subnets"]):
        elb.set_subnets(LoadBalancerArn=arn, Subnets=new["subnets"])
    if new.get("ipAddressType") and new["ipAddressType"] != old.get("ipAddressType"):
        elb.set_ip_address_type(LoadBalancerArn=arn, IpAddressType=new["ipAddressType"])
    _retag(aws, arn, old, new)


def _delete_balancer(aws: Aws, arn: str, _state: Props) -> None:
    elb = aws.client("elbv2")
    given = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    # moto deletes what is protected.
    if {"Key": "deletion_protection.enabled", "Value": "true"} in given:
        raise RuntimeError(f"OperationNotPermitted: {arn} has deletion protection enabled")
    elb.delete_load_balancer(LoadBalancerArn=arn)


_HEALTH_DEFAULTS = {
    "enabled": True,
    "healthyThreshold": 3,
    "interval": 30,
    "port": "traffic-port",
    "protocol": "HTTP",
    "unhealthyThreshold": 3,
}


def _health(props: Props) -> dict[str, Any]:
    """The health check's arguments; without a block AWS decides them all."""
    if not props.get("healthCheck"):
        return {}
    block = {**_HEALTH_DEFAULTS, **props["healthCheck"]}
    known = {theirs: block[ours] for ours, theirs in HEALTH.items() if block.get(ours) is not None}
    code = "GrpcCode" if props.get("protocolVersion") == "GRPC" else "HttpCode"
    return known | ({"Matcher": {code: block["matcher"]}} if block.get("matcher") else {})


_FIXED = {
    "ipAddressType": "IpAddressType",
    "port": "Port",
    "protocol": "Protocol",
    "protocolVersion": "ProtocolVersion",
    "vpcId": "VpcId",
}
_NO_TARGETS = (
    "preserveClientIp",
    "targetControlPort",
    "targetFailovers",
    "targetGroupHealth",
    "targetHealthStates",
)


def _create_targets(aws: Aws, props: Props) -> str:
    unsupported(props, *_NO_TARGETS)
    created = aws.client("elbv2").create_target_group(
        Name=props["name"],
        TargetType=props["targetType"],
        **_tags(props),
        **_health(props),
        **{theirs: props[ours] for ours, theirs in _FIXED.items() if props.get(ours)},
    )
    arn = str(created["TargetGroups"][0]["TargetGroupArn"])
    _target_attributes(aws, arn, {}, props)
    return arn


def _target_attributes(aws: Aws, arn: str, old: Props, new: Props) -> None:
    values = _changed(TARGETS, old, new)
    if (new.get("stickiness") or {}) != (old.get("stickiness") or {}):
        values |= _stickiness(new.get("stickiness") or {"enabled": False})
    if values:
        aws.client("elbv2").modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=_pairs(values)
        )


def _stickiness(block: Props) -> dict[str, Any]:
    kind = block.get("type")
    values: dict[str, Any] = {"stickiness.enabled": block.get("enabled", True)}
    if kind:
        values["stickiness.type"] = kind
    if kind in ("lb_cookie", "app_cookie"):
        values[f"stickiness.{kind}.duration_seconds"] = block.get("cookieDuration", 86400)
    if kind == "app_cookie":
        values["stickiness.app_cookie.cookie_name"] = block["cookieName"]
    return values


def _update_targets(aws: Aws, arn: str, old: Props, new: Props) -> None:
    unsupported(new, *_NO_TARGETS)
    health = _health(new)
    if health and health != _health(old):
        aws.client("elbv2").modify_target_group(TargetGroupArn=arn, **health)
    _target_attributes(aws, arn, old, new)
    _retag(aws, arn, old, new)


def _listener(props: Props) -> dict[str, Any]:
    """The arguments that making and changing a listener share."""
    for name in props:
        if name.startswith("routingHttpRequest"):
            unsupported(props, name)
    unsupported(props, "mutualAuthentication")
    names = {"port": "Port", "protocol": "Protocol", "sslPolicy": "SslPolicy"}
    optional: dict[str, Any] = {
        theirs: props[ours] for ours, theirs in names.items() if props.get(ours)
    }
    if props.get("certificateArn"):
        optional["Certificates"] = [{"CertificateArn": props["certificateArn"]}]
    if props.get("alpnPolicy"):
        optional["AlpnPolicy"] = [props["alpnPolicy"]]
    return {**optional, "DefaultActions": [_action(action) for action in props["defaultActions"]]}


def _action(action: Props) -> dict[str, Any]:
    unsupported(action, "authenticateOidc", "jwtValidation")
    made: dict[str, Any] = {"Type": action["type"]}
    if action.get("order"):
        made["Order"] = action["order"]
    if action.get("targetGroupArn"):
        made["TargetGroupArn"] = action["targetGroupArn"]
    if action.get("forward"):
        made["ForwardConfig"] = _forward(action["forward"])
    return made | {
        theirs: pascal(action[ours]) for theirs, ours in ACTIONS.items() if action.get(ours)
    }


def _forward(block: Props) -> dict[str, Any]:
    groups = [
        {"TargetGroupArn": group["arn"], "Weight": group.get("weight", 1)}
        for group in block["targetGroups"]
    ]
    sticky = block.get("stickiness") or {}
    held = {"Enabled": sticky.get("enabled", False)}
    if sticky.get("duration"):
        held["DurationSeconds"] = sticky["duration"]
    return {"TargetGroups": groups, "TargetGroupStickinessConfig": held}


def _refuse_shared(aws: Aws, props: Props) -> None:
    """AWS lets one balancer alone send to a target group; moto lets any."""
    wanted = [one["targetGroupArn"] for one in props["defaultActions"] if one.get("targetGroupArn")]
    if not wanted:
        return
    groups = aws.client("elbv2").describe_target_groups(TargetGroupArns=wanted)["TargetGroups"]
    users = {arn for group in groups for arn in group.get("LoadBalancerArns") or ()}
    # moto names balancers that are gone, too.
    there = aws.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    if (users - {props["loadBalancerArn"]}) & {one["LoadBalancerArn"] for one in there}:
        raise RuntimeError(f"TargetGroupAssociationLimit: {wanted} serve another load balancer")


def _create_listener(aws: Aws, props: Props) -> str:
    elb, balancer = aws.client("elbv2"), props["loadBalancerArn"]
    _refuse_shared(aws, props)
    # moto takes two of one port.
    there = aws.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer)
    if any(listener.get("Port") == props.get("port") for listener in there):
        raise RuntimeError(f"DuplicateListener: port {props.get('port')} has one: import it")
    created = elb.create_listener(LoadBalancerArn=balancer, **_tags(props), **_listener(props))
    arn = str(created["Listeners"][0]["ListenerArn"])
    _listener_attributes(aws, arn, {}, props)
    return arn


def _listener_attributes(aws: Aws, arn: str, old: Props, new: Props) -> None:
    values = _changed(LISTENER, old, new)
    if values:
        aws.client("elbv2").modify_listener_attributes(ListenerArn=arn, Attributes=_pairs(values))


def _update_listener(aws: Aws, arn: str, old: Props, new: Props) -> None:
    arguments = _listener(new)
    if arguments != _listener(old):
        aws.client("elbv2").modify_listener(ListenerArn=arn, **arguments)
    _listener_attributes(aws, arn, old, new)
    _retag(aws, arn, old, new)


MAKERS = {
    "aws:lb/listener:Listener": Maker(
        _create_listener,
        _update_listener,
        lambda aws, arn, _: aws.client("elbv2").delete_listener(ListenerArn=arn),
    ),
    "aws:lb/loadBalancer:LoadBalancer": Maker(_create_balancer, _update_balancer, _delete_balancer),
    "aws:lb/targetGroup:TargetGroup": Maker(
        _create_targets,
        _update_targets,
        lambda aws, arn, _: aws.client("elbv2").delete_target_group(TargetGroupArn=arn),
    ),
}
