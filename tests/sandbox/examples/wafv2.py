"""WAF."""

from typing import Any

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example

_VISIBLE = {
    "cloudwatchMetricsEnabled": True,
    "metricName": "balancer",
    "sampledRequestsEnabled": True,
}
_RULES = [
    {
        "name": "AWSManagedRulesCommonRuleSet",
        "priority": 0,
        "overrideAction": {"none": {}},
        "statement": {
            "managedRuleGroupStatement": {
                "name": "AWSManagedRulesCommonRuleSet",
                "vendorName": "AWS",
            }
        },
        "visibilityConfig": _VISIBLE,
    },
    {
        "name": "limit",
        "priority": 1,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"limit": 1000, "aggregateKeyType": "IP"}},
        "visibilityConfig": _VISIBLE,
    },
]


def _disarm(aws: Aws, state: Props) -> None:
    client = aws.client("wafv2")
    named: dict[str, Any] = {key: state[key.lower()] for key in ("Name", "Scope", "Id")}
    found = client.get_web_acl(**named)
    acl = found["WebACL"]
    client.update_web_acl(
        **named,
        LockToken=found["LockToken"],
        DefaultAction=acl["DefaultAction"],
        VisibilityConfig=acl["VisibilityConfig"],
        Rules=acl["Rules"][:1],
    )


EXAMPLES = (
    Example(
        "aws:wafv2/webAcl:WebAcl",
        lambda _: {
            "name": "wasl-jo-balancer",
            "scope": "REGIONAL",
            "defaultAction": {"allow": {}},
            "rules": _RULES,
            "visibilityConfig": _VISIBLE,
            "tags": {"country": "jo"},
        },
        change={"description": "The way in"},
        tamper=_disarm,
        tampered="rules",
    ),
    Example(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        lambda made: {
            "resourceArn": made["WebAcl"]["arn"],
            "logDestinationConfigs": [
                "arn:aws:logs:eu-south-1:111122223333:log-group:aws-waf-logs-jo"
            ],
            "redactedFields": [{"singleHeader": {"name": "cookie"}}],
        },
        change={"redactedFields": [{"singleHeader": {"name": "authorization"}}]},
    ),
    Example(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda made: {
            "webAclArn": made["WebAcl"]["arn"],
            "resourceArn": "arn:aws:elasticloadbalancing:eu-south-1:111122223333:loadbalancer/app/jo/1",
        },
        listed=False,  # it is listed by balancer, and there is none here
    ),
)
