"""Elastic Load Balancing: balancers, their listeners and target groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

Attributes = Mapping[str, tuple[str, Any]]
"""AWS's attribute name → Pulumi's property and AWS's default, whose type is the property's."""

BALANCER: Attributes = {
    "client_keep_alive.seconds": ("clientKeepAlive", 3600),
    "deletion_protection.enabled": ("enableDeletionProtection", False),
    "idle_timeout.timeout_seconds": ("idleTimeout", 60),
    "routing.http.desync_mitigation_mode": ("desyncMitigationMode", "defensive"),
    "routing.http.drop_invalid_header_fields.enabled": ("dropInvalidHeaderFields", False),
    "routing.http.preserve_host_header.enabled": ("preserveHostHeader", False),
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": (
        "enableTlsVersionAndCipherSuiteHeaders",
        False,
    ),
    "routing.http.xff_client_port.enabled": ("enableXffClientPort", False),
    "routing.http.xff_header_processing.mode": ("xffHeaderProcessingMode", "append"),
    "routing.http2.enabled": ("enableHttp2", True),
    "waf.fail_open.enabled": ("enableWafFailOpen", False),
    "zonal_shift.config.enabled": ("enableZonalShift", False),
}
BALANCER_LOGS = {"accessLogs": "access_logs", "connectionLogs": "connection_logs"}
TARGETS: Attributes = {
    "deregistration_delay.connection_termination.enabled": ("connectionTermination", False),
    "deregistration_delay.timeout_seconds": ("deregistrationDelay", 300),
    "lambda.multi_value_headers.enabled": ("lambdaMultiValueHeadersEnabled", False),
    "load_balancing.algorithm.anomaly_mitigation": ("loadBalancingAnomalyMitigation", "off"),
    "load_balancing.algorithm.type": ("loadBalancingAlgorithmType", "round_robin"),
    "load_balancing.cross_zone.enabled": (
        "loadBalancingCrossZoneEnabled",
        "use_load_balancer_configuration",
    ),
    "proxy_protocol_v2.enabled": ("proxyProtocolV2", False),
    "slow_start.duration_seconds": ("slowStart", 0),
}
_HEADERS = (
    "AccessControlAllowCredentials",
    "AccessControlAllowHeaders",
    "AccessControlAllowMethods",
    "AccessControlAllowOrigin",
    "AccessControlExposeHeaders",
    "AccessControlMaxAge",
    "ContentSecurityPolicy",
    "StrictTransportSecurity",
    "XContentTypeOptions",
    "XFrameOptions",
)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


LISTENER: Attributes = {
    "routing.http.response.server.enabled": ("routingHttpResponseServerEnabled", True),
    "tcp.idle_timeout.seconds": ("tcpIdleTimeoutSeconds", 350),
    **{
        f"routing.http.response.{_snake(name)}.header_value": (
            f"routingHttpResponse{name}HeaderValue",
            "",
        )
        for name in _HEADERS
    },
}


def _known(attributes: Attributes, raw: Raw) -> Props:
    """Attributes as properties; moto lists only what was ever set, AWS all."""
    given = {item["Key"]: item["Value"] for item in raw["attributes"]}
    return {
        ours: _typed(given.get(theirs), default) for theirs, (ours, default) in attributes.items()
    }


def _typed(text: str | None, default: Any) -> Any:
    if text is None:
        return default
    if isinstance(default, bool):
        return text == "true"
    return int(text) if isinstance(default, int) else text


def _more(aws: Aws, raw: Raw, arn: str, attributes: str, argument: str) -> Raw:
    """A thing with the attributes and tags that AWS answers apart."""
    elb = aws.client("elbv2")
    tagged = elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return {
        **raw,
        "attributes": getattr(elb, attributes)(**{argument: arn})["Attributes"],
        "tags": tagged[0]["Tags"] if tagged else [],
    }


def _more_balancer(aws: Aws, raw: Raw) -> Raw:
    arn = raw["LoadBalancerArn"]
    return _more(aws, raw, arn, "describe_load_balancer_attributes", "LoadBalancerArn")


def _list_balancers(aws: Aws) -> Iterable[Raw]:
    found = aws.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    return aws.each(lambda raw: _more_balancer(aws, raw), found)


def _read_balancer(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found = one(
        lambda: aws.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn]),
        "LoadBalancerNotFound",
        key="LoadBalancers",
        pick=True,
    )
    return found and _more_balancer(aws, found)


def _balancer(raw: Raw) -> Props:
    return {
        "arn": raw["LoadBalancerArn"],
        "arnSuffix": raw["LoadBalancerArn"].partition(":loadbalancer/")[2],
        "dnsName": raw["DNSName"],
        # An application balancer has it always on, and the real provider looks away.
        "dnsRecordClientRoutingPolicy": "any_availability_zone",
        "internal": raw.get("Scheme") == "internal",
        "ipAddressType": raw.get("IpAddressType", ""),
        "loadBalancerType": raw["Type"],
        "name": raw["LoadBalancerName"],
        "securityGroups": raw.get("SecurityGroups") or [],
        "subnets": [zone["SubnetId"] for zone in raw["AvailabilityZones"]],
        "tags": tags(raw["tags"]),
        "vpcId": raw["VpcId"],
        "zoneId": raw["CanonicalHostedZoneId"],
        **_known(BALANCER, raw),
        **{block: logs for block, name in BALANCER_LOGS.items() if (logs := _logs(raw, name))},
    }


def _logs(raw: Raw, name: str) -> Props:
    """Where a balancer writes logs; nothing when it does not and says no place."""
    given = {item["Key"]: item["Value"] for item in raw["attributes"]}
    bucket, enabled = (given.get(f"{name}.s3.{part}", "") for part in ("bucket", "enabled"))
    if not bucket and enabled != "true":
        return {}
    prefix = given.get(f"{name}.s3.prefix", "")
    return {"bucket": bucket, "enabled": enabled == "true", "prefix": prefix}


def _more_targets(aws: Aws, raw: Raw) -> Raw:
    arn = raw["TargetGroupArn"]
    return _more(aws, raw, arn, "describe_target_group_attributes", "TargetGroupArn")


def _list_targets(aws: Aws) -> Iterable[Raw]:
    found = aws.pages("elbv2", "describe_target_groups", "TargetGroups")
    return aws.each(lambda raw: _more_targets(aws, raw), found)


def _read_targets(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found = one(
        lambda: aws.client("elbv2").describe_target_groups(TargetGroupArns=[arn]),
        "TargetGroupNotFound",
        key="TargetGroups",
        pick=True,
    )
    return found and _more_targets(aws, found)


HEALTH = {
    "enabled": "HealthCheckEnabled",
    "healthyThreshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "path": "HealthCheckPath",
    "port": "HealthCheckPort",
    "protocol": "HealthCheckProtocol",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


def _targets(raw: Raw) -> Props:
    health = {ours: raw[theirs] for ours, theirs in HEALTH.items() if theirs in raw}
    codes = raw.get("Matcher") or {}
    matcher = {"matcher": codes.get("HttpCode") or codes.get("GrpcCode") or ""}
    return {
        "arn": raw["TargetGroupArn"],
        "arnSuffix": raw["TargetGroupArn"].rpartition(":")[2],
        "healthCheck": {**health, **matcher},
        "ipAddressType": raw.get("IpAddressType", ""),
        "loadBalancerArns": sorted(set(raw.get("LoadBalancerArns") or ())),
        "name": raw["TargetGroupName"],
        "port": raw.get("Port", 0),
        "protocol": raw.get("Protocol", ""),
        "protocolVersion": raw.get("ProtocolVersion", ""),
        "stickiness": _stickiness(raw),
        "tags": tags(raw["tags"]),
        "targetType": raw["TargetType"],
        "vpcId": raw.get("VpcId", ""),
        **_known(TARGETS, raw),
    }


def _stickiness(raw: Raw) -> Props:
    given = {item["Key"]: item["Value"] for item in raw["attributes"]}
    kind = given.get("stickiness.type", "")
    return {
        "cookieDuration": int(given.get(f"stickiness.{kind}.duration_seconds", 86400)),
        "cookieName": given.get("stickiness.app_cookie.cookie_name", ""),
        "enabled": given.get("stickiness.enabled") == "true",
        "type": kind,
    }


def _more_listener(aws: Aws, raw: Raw) -> Raw:
    return _more(aws, raw, raw["ListenerArn"], "describe_listener_attributes", "ListenerArn")


def listeners(aws: Aws) -> Iterator[Raw]:
    """The listeners of every balancer."""
    for balancer in aws.pages("elbv2", "describe_load_balancers", "LoadBalancers"):
        arn = balancer["LoadBalancerArn"]
        yield from aws.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn)


def _list_listeners(aws: Aws) -> Iterable[Raw]:
    return aws.each(lambda raw: _more_listener(aws, raw), listeners(aws))


def _read_listener(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found = one(
        lambda: aws.client("elbv2").describe_listeners(ListenerArns=[arn]),
        "ListenerNotFound",
        "LoadBalancerNotFound",
        key="Listeners",
        pick=True,
    )
    return found and _more_listener(aws, found)


ACTIONS = {
    "AuthenticateCognitoConfig": "authenticateCognito",
    "FixedResponseConfig": "fixedResponse",
    "RedirectConfig": "redirect",
}


def _action(raw: Raw) -> Props:
    configured = {ours: camel(raw[theirs]) for theirs, ours in ACTIONS.items() if theirs in raw}
    return {"type": raw["Type"], "order": raw.get("Order"), **configured, **_forward(raw)}


def _forward(raw: Raw) -> Props:
    """To one group without stickiness AWS says it both ways: the short one is told."""
    forward = raw.get("ForwardConfig") or {}
    groups, sticky = forward.get("TargetGroups") or [], forward.get("TargetGroupStickinessConfig")
    if len(groups) < 2 and not (sticky or {}).get("Enabled"):
        arn = raw.get("TargetGroupArn") or next((group["TargetGroupArn"] for group in groups), "")
        return {"targetGroupArn": arn} if arn else {}
    named = [{"arn": group["TargetGroupArn"], "weight": group.get("Weight", 1)} for group in groups]
    duration = (sticky or {}).get("DurationSeconds", 0)
    held = {"enabled": bool((sticky or {}).get("Enabled")), "duration": duration}
    return {"forward": {"targetGroups": named, "stickiness": held}}


def _listener(raw: Raw) -> Props:
    certificates = raw.get("Certificates") or [{}]
    secure = raw.get("Protocol") in ("HTTPS", "TLS")
    return {
        "alpnPolicy": next(iter(raw.get("AlpnPolicy") or ()), ""),
        "arn": raw["ListenerArn"],
        "certificateArn": certificates[0].get("CertificateArn", ""),
        "defaultActions": [_action(action) for action in raw["DefaultActions"]],
        "loadBalancerArn": raw["LoadBalancerArn"],
        "mutualAuthentication": camel(raw.get("MutualAuthentication") or {}),
        "port": raw.get("Port", 0),
        "protocol": raw.get("Protocol", ""),
        # moto gives plain listeners a TLS policy too.
        "sslPolicy": raw.get("SslPolicy", "") if secure else "",
        "tags": tags(raw["tags"]),
        **_known(LISTENER, raw),
    }


TYPES = (
    AwsType(
        token="aws:lb/loadBalancer:LoadBalancer",
        service="elbv2",
        cloudformation="AWS::ElasticLoadBalancingV2::LoadBalancer",
        list=_list_balancers,
        read=_read_balancer,
        identify=lambda raw: str(raw["LoadBalancerArn"]),
        normalise=_balancer,
        key=("name",),
        replace=frozenset(
            {"customerOwnedIpv4Pool", "internal", "loadBalancerType", "name", "namePrefix"}
        ),
        replace_source={"customerOwnedIpv4Pool": "Terraform"},
        defaults={
            **dict(BALANCER.values()),
            "accessLogs.enabled": False,
            "connectionLogs.enabled": False,
            "dnsRecordClientRoutingPolicy": "any_availability_zone",
            "enableCrossZoneLoadBalancing": False,
            "loadBalancerType": "application",
        },
        computed=frozenset(
            {
                "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
                "internal",
                "ipAddressType",
                "securityGroups",
                "subnetMappings",
                "subnets",
            }
        ),
        unordered=frozenset({"securityGroups", "subnets"}),
    ),
    AwsType(
        token="aws:lb/targetGroup:TargetGroup",
        service="elbv2",
        cloudformation="AWS::ElasticLoadBalancingV2::TargetGroup",
        list=_list_targets,
        read=_read_targets,
        identify=lambda raw: str(raw["TargetGroupArn"]),
        normalise=_targets,
        key=("name",),
        replace=frozenset(
            {
                "ipAddressType",
                "name",
                "namePrefix",
                "port",
                "protocol",
                "protocolVersion",
                "targetControlPort",
                "targetType",
                "vpcId",
            }
        ),
        defaults={
            "healthCheck.enabled": True,
            "healthCheck.healthyThreshold": 3,
            "healthCheck.interval": 30,
            "healthCheck.port": "traffic-port",
            "healthCheck.protocol": "HTTP",
            "healthCheck.unhealthyThreshold": 3,
            "lambdaMultiValueHeadersEnabled": False,
            "proxyProtocolV2": False,
            "slowStart": 0,
            "stickiness.cookieDuration": 86400,
            "stickiness.enabled": True,
            "targetType": "instance",
        },
        computed=frozenset(
            {
                "connectionTermination",
                "deregistrationDelay",
                "healthCheck",
                "healthCheck.matcher",
                "healthCheck.path",
                "healthCheck.timeout",
                "ipAddressType",
                "loadBalancingAlgorithmType",
                "loadBalancingAnomalyMitigation",
                "loadBalancingCrossZoneEnabled",
                "preserveClientIp",
                "protocolVersion",
                "stickiness",
                "targetFailovers",
                "targetGroupHealth",
                "targetHealthStates",
            }
        ),
    ),
    AwsType(
        token="aws:lb/listener:Listener",
        service="elbv2",
        parent="loadBalancerArn",
        cloudformation="AWS::ElasticLoadBalancingV2::Listener",
        list=_list_listeners,
        read=_read_listener,
        identify=lambda raw: str(raw["ListenerArn"]),
        normalise=_listener,
        key=("loadBalancerArn", "port"),
        replace=frozenset({"loadBalancerArn"}),
        defaults={
            "defaultActions.redirect.host": "#{host}",
            "defaultActions.redirect.path": "/#{path}",
            "defaultActions.redirect.port": "#{port}",
            "defaultActions.redirect.protocol": "#{protocol}",
            "defaultActions.redirect.query": "#{query}",
            "defaultActions.forward.targetGroups.weight": 1,
        },
        computed=frozenset(
            {
                "defaultActions.forward.stickiness",
                "defaultActions.order",
                "mutualAuthentication",
                "protocol",
                "sslPolicy",
                *(ours for ours, _ in LISTENER.values()),
            }
        ),
        unordered=frozenset({"defaultActions.forward.targetGroups"}),
    ),
)
