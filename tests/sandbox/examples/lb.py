"""Elastic Load Balancing."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made

_HSTS = "max-age=31536000; includeSubDomains"


def _tags(name: str, **more: str) -> Props:
    return {"wasl:urn": f"test/{name}", **more}


def _subnet(number: int) -> Example:
    return Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "cidrBlock": f"10.5.{number}.0/24",
            "availabilityZone": f"eu-south-1{'ab'[number]}",
            "tags": _tags(f"subnet-{number}"),
        },
        name=f"subnet-{number}",
    )


def _balancer(made: Made) -> Props:
    return {
        "name": "wasl-jo-platform",
        "internal": True,
        "subnets": [made["subnet-1"]["id"], made["subnet-0"]["id"]],
        "securityGroups": [made["SecurityGroup"]["id"]],
        "dropInvalidHeaderFields": True,
        "enableDeletionProtection": True,
        "accessLogs": {"bucket": "wasl-jo-logs", "prefix": "lb", "enabled": True},
        "tags": _tags("LoadBalancer"),
    }


def _targets(made: Made) -> Props:
    return {
        "name": "wasl-jo-platform",
        "port": 8080,
        "protocol": "HTTP",
        "targetType": "ip",
        "vpcId": made["Vpc"]["id"],
        "deregistrationDelay": 30,
        "healthCheck": {"path": "/health", "matcher": "200-299", "interval": 15},
        "stickiness": {"type": "lb_cookie", "cookieDuration": 3600},
        "tags": _tags("TargetGroup"),
    }


def _redirect(made: Made) -> Props:
    redirect = {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"}
    return {
        "loadBalancerArn": made["LoadBalancer"]["arn"],
        "port": 80,
        "protocol": "HTTP",
        "defaultActions": [{"type": "redirect", "redirect": redirect}],
        "tags": _tags("Listener"),
    }


def _serve_plainly(aws: Aws, state: Props) -> None:
    elb = aws.client("elbv2")
    groups = elb.describe_target_groups(Names=["wasl-jo-platform"])["TargetGroups"]
    forward = {"Type": "forward", "TargetGroupArn": groups[0]["TargetGroupArn"]}
    elb.modify_listener(ListenerArn=state["arn"], DefaultActions=[forward])


def _unprotect(aws: Aws, state: Props) -> None:
    attribute = {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}
    aws.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=state["arn"], Attributes=[attribute]
    )


def _forget_headers(aws: Aws, state: Props) -> None:
    name = "routing.http.response.strict_transport_security.header_value"
    aws.client("elbv2").modify_listener_attributes(
        ListenerArn=state["arn"], Attributes=[{"Key": name, "Value": "max-age=0"}]
    )


def _ignore_failures(aws: Aws, state: Props) -> None:
    aws.client("elbv2").modify_target_group(
        TargetGroupArn=state["arn"], Matcher={"HttpCode": "200-499"}
    )


EXAMPLES = (
    Example("aws:ec2/vpc:Vpc", lambda _: {"cidrBlock": "10.5.0.0/16", "tags": _tags("Vpc")}),
    _subnet(0),
    _subnet(1),
    Example(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda made: {
            "vpcId": made["Vpc"]["id"],
            "name": "balancer",
            "tags": _tags("SecurityGroup"),
        },
    ),
    Example(
        "aws:lb/loadBalancer:LoadBalancer",
        _balancer,
        change={"enableDeletionProtection": False, "idleTimeout": 120},
        tamper=_unprotect,
        tampered="dropInvalidHeaderFields",
    ),
    Example(
        "aws:lb/targetGroup:TargetGroup",
        _targets,
        change={"healthCheck": {"path": "/ready", "matcher": "200", "interval": 15}},
        tamper=_ignore_failures,
        tampered="healthCheck.matcher",
    ),
    Example(
        "aws:lb/listener:Listener",
        _redirect,
        change={"tags": _tags("Listener", country="jo")},
        tamper=_serve_plainly,
        tampered="defaultActions[0].redirect defaultActions[0].targetGroupArn"
        " defaultActions[0].type",
    ),
    Example(
        "aws:lb/listener:Listener",
        lambda made: {
            "loadBalancerArn": made["LoadBalancer"]["arn"],
            "port": 8443,
            "protocol": "HTTP",
            "defaultActions": [{"type": "forward", "targetGroupArn": made["TargetGroup"]["arn"]}],
            "routingHttpResponseStrictTransportSecurityHeaderValue": _HSTS,
            "tags": _tags("serving"),
        },
        name="serving",
        tamper=_forget_headers,
        tampered="routingHttpResponseStrictTransportSecurityHeaderValue",
    ),
)
