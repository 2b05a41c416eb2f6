"""WAF."""

from typing import Any

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made


def _visible(name: str) -> Props:
    return {
        "cloudwatchMetricsEnabled": True,
        "metricName": name,
        "sampledRequestsEnabled": True,
    }


def _managed(name: str, priority: int, override: str = "none") -> Props:
    group: dict[str, Any] = {"name": f"AWSManagedRules{name}RuleSet", "vendorName": "AWS"}
    if name == "Common":
        quiet = {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}
        group["ruleActionOverrides"] = [quiet]
    return {
        "name": name,
        "priority": priority,
        "overrideAction": {override: {}},
        "statement": {"managedRuleGroupStatement": group},
        "visibilityConfig": _visible(name),
    }


_FLOOD = {
    "name": "flood",
    "priority": 9,
    "action": {"block": {}},
    "statement": {"rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP"}},
    "visibilityConfig": _visible("flood"),
}
_ADMIN = {
    "name": "admin",
    "priority": 8,
    "action": {"block": {"customResponse": {"responseCode": 404}}},
    "statement": {
        "byteMatchStatement": {
            "fieldToMatch": {"uriPath": {}},
            "positionalConstraint": "STARTS_WITH",
            "searchString": "/admin",
            "textTransformations": [{"priority": 0, "type": "LOWERCASE"}],
        }
    },
    "visibilityConfig": _visible("admin"),
}


def _acl(name: str, scope: str, **more: Any) -> Props:
    return {
        "name": name,
        "scope": scope,
        "defaultAction": {"allow": {}},
        "rules": [_FLOOD, _managed("Common", 1), _managed("KnownBadInputs", 2), _ADMIN],
        "visibilityConfig": _visible(name),
        "tags": {"country": "jo"},
        **more,
    }


def _disarm(aws: Aws, state: Props) -> None:
    """Take the limit of requests away."""
    waf = aws.client("wafv2")
    place = {"Id": state["id"], "Name": state["name"], "Scope": state["scope"]}
    found = waf.get_web_acl(**place)
    acl = found["WebACL"]
    waf.update_web_acl(
        **place,
        LockToken=found["LockToken"],
        DefaultAction=acl["DefaultAction"],
        Rules=[rule for rule in acl["Rules"] if rule["Name"] != "flood"],
        VisibilityConfig=acl["VisibilityConfig"],
    )


def _blind(aws: Aws, state: Props) -> None:
    configuration = {
        "ResourceArn": state["resourceArn"],
        "LogDestinationConfigs": state["logDestinationConfigs"],
    }
    aws.client("wafv2").put_logging_configuration(LoggingConfiguration=configuration)


def _elsewhere(state: Props) -> str:
    """How what lives in us-east-1 is imported."""
    return f"{state['id']}@us-east-1"


def _swap(aws: Aws, state: Props) -> None:
    """Guard the balancer by a web ACL that blocks nothing."""
    waf = aws.client("wafv2")
    made = waf.create_web_acl(
        Name="open",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={
            "CloudWatchMetricsEnabled": False,
            "MetricName": "open",
            "SampledRequestsEnabled": False,
        },
    )
    # moto would keep both where AWS keeps the last.
    waf.disassociate_web_acl(ResourceArn=state["resourceArn"])
    waf.associate_web_acl(WebACLArn=made["Summary"]["ARN"], ResourceArn=state["resourceArn"])


def _subnet(number: int) -> Example:
    return Example(
        "aws:ec2/subnet:Subnet",
        lambda made: {
            "vpcId": made["waf-vpc"]["id"],
            "cidrBlock": f"10.8.{number}.0/24",
            "availabilityZone": f"eu-south-1{'ab'[number]}",
            "tags": {"wasl:urn": f"test/waf-subnet-{number}"},
        },
        name=f"waf-subnet-{number}",
    )


def _logging(made: Made) -> Props:
    return {
        "resourceArn": made["regional"]["arn"],
        "logDestinationConfigs": ["arn:aws:logs:eu-south-1:111122223333:log-group:aws-waf-logs-jo"],
        "redactedFields": [{"singleHeader": {"name": "authorization"}}, {"queryString": {}}],
    }


EXAMPLES = (
    Example(
        "aws:ec2/vpc:Vpc",
        lambda _: {"cidrBlock": "10.8.0.0/16", "tags": {"wasl:urn": "test/waf-vpc"}},
        name="waf-vpc",
    ),
    _subnet(0),
    _subnet(1),
    Example(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda made: {
            "name": "wasl-jo-guarded",
            "internal": True,
            "subnets": [made["waf-subnet-0"]["id"], made["waf-subnet-1"]["id"]],
            "tags": {"wasl:urn": "test/balancer"},
        },
        name="balancer",
    ),
    Example(
        "aws:wafv2/webAcl:WebAcl",
        lambda _: _acl("wasl-jo", "REGIONAL"),
        name="regional",
        change={
            "rules": [_managed("Common", 1, "count"), _FLOOD],
            "tags": {"country": "tn", "owner": "x"},
        },
        tamper=_disarm,
        tampered="rules",
    ),
    Example(
        "aws:wafv2/webAcl:WebAcl",
        lambda _: _acl("wasl-jo-edge", "CLOUDFRONT", region="us-east-1"),
        name="edge",
        change={"defaultAction": {"block": {}}},
        import_id=_elsewhere,
    ),
    Example(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda made: {
            "webAclArn": made["regional"]["arn"],
            "resourceArn": made["balancer"]["arn"],
        },
        tamper=_swap,
        tampered="webAclArn",
    ),
    Example(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        _logging,
        change={
            "loggingFilter": {
                "defaultBehavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                    }
                ],
            },
        },
    ),
    Example(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        lambda made: {
            "region": "us-east-1",
            "resourceArn": made["edge"]["arn"],
            "logDestinationConfigs": [
                "arn:aws:logs:us-east-1:111122223333:log-group:aws-waf-logs-edge"
            ],
            "redactedFields": [{"singleHeader": {"name": "cookie"}}],
        },
        name="edge-logging",
        tamper=_blind,
        tampered="redactedFields",
        import_id=_elsewhere,
    ),
)
