"""WAF: web ACLs, what they guard and where they log.

A web ACL for CloudFront lives in us-east-1, with the scope CLOUDFRONT.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

_GONE = ("WAFNonexistentItemException",)
_EDGE_HOME = "us-east-1"

NAMES: Mapping[str, str] = {
    "ARN": "arn",
    "ASN": "asn",
    "AWSManagedRulesACFPRuleSet": "awsManagedRulesAcfpRuleSet",
    "AWSManagedRulesATPRuleSet": "awsManagedRulesAtpRuleSet",
    "AWSManagedRulesAntiDDoSRuleSet": "awsManagedRulesAntiDdosRuleSet",
    "AWSManagedRulesBotControlRuleSet": "awsManagedRulesBotControlRuleSet",
    "AsnList": "asnLists",
    "CloudWatchMetricsEnabled": "cloudwatchMetricsEnabled",
    "ForwardedIP": "forwardedIp",
    "ForwardedIPConfig": "forwardedIpConfig",
    "HTTPMethod": "httpMethod",
    "HeaderOrder": "headerOrders",
    "IP": "ip",
    "IPSetForwardedIPConfig": "ipSetForwardedIpConfig",
    "IPSetReferenceStatement": "ipSetReferenceStatement",
    "JA3Fingerprint": "ja3Fingerprint",
    "JA4Fingerprint": "ja4Fingerprint",
}
BODIES: Mapping[str, str] = {
    "API_GATEWAY": "apiGateway",
    "APP_RUNNER_SERVICE": "appRunnerService",
    "CLOUDFRONT": "cloudfront",
    "COGNITO_USER_POOL": "cognitoUserPool",
    "VERIFIED_ACCESS_INSTANCE": "verifiedAccessInstance",
}
"""AWS's map of inspected bodies is a list of blocks in Pulumi."""


def _scopes(aws: Aws) -> tuple[str, ...]:
    return ("CLOUDFRONT", "REGIONAL") if aws.region == _EDGE_HOME else ("REGIONAL",)


def _summaries(aws: Aws) -> Iterable[tuple[str, Raw]]:
    for scope in _scopes(aws):
        for summary in pages(aws, "list_web_acls", "WebACLs", Scope=scope):
            yield scope, summary


def pages(aws: Aws, operation: str, key: str, **arguments: str) -> Iterable[Raw]:
    """All items of a listing; botocore knows no paginator for this service."""
    marker: dict[str, str] = {}
    while True:
        answer = getattr(aws.client("wafv2"), operation)(Limit=100, **arguments, **marker)
        yield from answer.get(key) or ()
        if not answer.get("NextMarker") or not answer.get(key):
            return
        marker = {"NextMarker": answer["NextMarker"]}


def _list_acls(aws: Aws) -> Iterable[Raw]:
    named = [(item["Id"], item["Name"], scope) for scope, item in _summaries(aws)]
    return aws.each(lambda names: _get_acl(aws, *names), named)


def _read_acl(aws: Aws, acl_id: str, state: Props) -> Raw | None:
    if "/" in acl_id:  # as it is imported
        identifier, name, scope = acl_id.split("/")
        return _get_acl(aws, identifier, name, scope)
    if state.get("name") and state.get("scope"):
        return _get_acl(aws, acl_id, state["name"], state["scope"])
    return next((raw for raw in _list_acls(aws) if raw["Id"] == acl_id), None)


def _get_acl(aws: Aws, acl_id: str, name: str, scope: str) -> Raw | None:
    waf = aws.client("wafv2")
    found = one(lambda: waf.get_web_acl(Id=acl_id, Name=name, Scope=scope), *_GONE)
    if found is None:
        return None
    acl = found["WebACL"]
    tagging = waf.list_tags_for_resource(ResourceARN=acl["ARN"])["TagInfoForResource"]
    return {**acl, "Scope": scope, "Tags": tagging["TagList"], "LockToken": found["LockToken"]}


def _acl(raw: Raw) -> Props:
    same = (
        "CaptchaConfig",
        "ChallengeConfig",
        "DataProtectionConfig",
        "DefaultAction",
        "Rules",
        "VisibilityConfig",
    )
    bodies = (raw.get("AssociationConfig") or {}).get("RequestBody") or {}
    responses = raw.get("CustomResponseBodies") or {}
    return {
        **camel({name: raw[name] for name in same if raw.get(name) is not None}, NAMES),
        "arn": raw["ARN"],
        "associationConfig": {
            "requestBodies": [{BODIES[key]: camel(body)} for key, body in bodies.items()]
        },
        "capacity": raw.get("Capacity", 0),
        "customResponseBodies": [{"key": key, **camel(body)} for key, body in responses.items()],
        "description": raw.get("Description", ""),
        "lockToken": raw["LockToken"],
        "name": raw["Name"],
        "scope": raw["Scope"],
        "tags": tags(raw["Tags"]),
        "tokenDomains": raw.get("TokenDomains") or [],
    }


def _list_associations(aws: Aws) -> Iterable[Raw]:
    """What guards the balancers: of all that a web ACL can guard, the tenancy has these."""
    for balancer in aws.pages("elbv2", "describe_load_balancers", "LoadBalancers"):
        # The other balancers carry no HTTP, and WAF refuses their names.
        if balancer["Type"] == "application":
            resource = balancer["LoadBalancerArn"]
            if acl := _acl_of(aws, resource):
                yield {"Id": f"{acl},{resource}", "WebACLArn": acl, "ResourceArn": resource}


def _acl_of(aws: Aws, resource: str) -> str | None:
    acl = one(
        lambda: aws.client("wafv2").get_web_acl_for_resource(ResourceArn=resource),
        *_GONE,
        key="WebACL",
    )
    return acl and str(acl["ARN"])


def _read_association(aws: Aws, association_id: str, _state: Props) -> Raw | None:
    resource = association_id.partition(",")[2]
    acl = _acl_of(aws, resource)
    # Another web ACL in its place is a change, not an absence.
    return {"Id": association_id, "WebACLArn": acl, "ResourceArn": resource} if acl else None


def _list_logging(aws: Aws) -> Iterable[Raw]:
    for scope in _scopes(aws):
        yield from pages(aws, "list_logging_configurations", "LoggingConfigurations", Scope=scope)


def _read_logging(aws: Aws, arn: str, _state: Props) -> Raw | None:
    found: Raw | None = one(
        lambda: aws.client("wafv2").get_logging_configuration(ResourceArn=arn),
        *_GONE,
        key="LoggingConfiguration",
    )
    return found


def _logging(raw: Raw) -> Props:
    return {
        "logDestinationConfigs": raw["LogDestinationConfigs"],
        "loggingFilter": camel(raw.get("LoggingFilter")),
        "redactedFields": camel(raw.get("RedactedFields") or []),
        "resourceArn": raw["ResourceArn"],
    }


WEB_ACL = AwsType(
    token="aws:wafv2/webAcl:WebAcl",
    service="wafv2",
    cloudformation="AWS::WAFv2::WebACL",
    list=_list_acls,
    read=_read_acl,
    identify=lambda raw: str(raw["Id"]),
    normalise=_acl,
    key=("name", "scope"),
    replace=frozenset({"name", "namePrefix", "scope"}),
    present=frozenset(
        {
            "*.all",
            "*.allQueryArguments",
            "*.allow",
            "*.block",
            "*.captcha",
            "*.challenge",
            "*.count",
            "*.forwardedIp",
            "*.httpMethod",
            "*.ip",
            "*.method",
            "*.none",
            "*.queryString",
            "*.uriPath",
        }
    ),
    defaults={"rules.statement.rateBasedStatement.aggregateKeyType": "IP"},
    computed=frozenset(
        {
            "rules.statement.managedRuleGroupStatement.version",
            "rules.statement.rateBasedStatement.evaluationWindowSec",
        }
    ),
    unordered=frozenset(
        {
            "associationConfig.requestBodies",
            "customResponseBodies",
            "rules",
            "rules.statement.geoMatchStatement.countryCodes",
            "rules.statement.managedRuleGroupStatement.ruleActionOverrides",
            "tokenDomains",
        }
    ),
)

ASSOCIATION = AwsType(
    token="aws:wafv2/webAclAssociation:WebAclAssociation",
    service="wafv2",
    parent="webAclArn",
    cloudformation="AWS::WAFv2::WebACLAssociation",
    list=_list_associations,
    read=_read_association,
    identify=lambda raw: str(raw["Id"]),
    normalise=lambda raw: {"resourceArn": raw["ResourceArn"], "webAclArn": raw["WebACLArn"]},
    # A resource is guarded by one web ACL at most.
    key=("resourceArn",),
    replace=frozenset({"resourceArn", "webAclArn"}),
)

LOGGING = AwsType(
    token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    service="wafv2",
    parent="resourceArn",
    cloudformation="AWS::WAFv2::LoggingConfiguration",
    list=_list_logging,
    read=_read_logging,
    identify=lambda raw: str(raw["ResourceArn"]),
    normalise=_logging,
    key=("resourceArn",),
    replace=frozenset({"resourceArn"}),
    present=frozenset(
        {"redactedFields.method", "redactedFields.queryString", "redactedFields.uriPath"}
    ),
    unordered=frozenset({"logDestinationConfigs", "redactedFields"}),
)

TYPES = (WEB_ACL, ASSOCIATION, LOGGING)
