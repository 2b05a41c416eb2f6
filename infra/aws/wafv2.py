"""WAF: web ACLs, what they guard, where they log. `CLOUDFRONT` ones live in us-east-1 alone."""

from __future__ import annotations

from collections.abc import Iterable

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags
from infra.aws.shape import camel

_GONE = ("WAFNonexistentItemException",)

NAMES = {
    "CloudWatchMetricsEnabled": "cloudwatchMetricsEnabled",
    "AggregateKeyType": "aggregateKeyType",
}


def scopes(aws: Aws) -> tuple[str, ...]:
    """Which scopes exist in a region."""
    return ("REGIONAL", "CLOUDFRONT") if aws.region == "us-east-1" else ("REGIONAL",)


def summaries(aws: Aws) -> list[tuple[str, Raw]]:
    """Every web ACL of the region, with its scope."""
    client = aws.client("wafv2")
    found = []
    for scope in scopes(aws):
        marker: dict[str, str] = {}
        while True:
            page = client.list_web_acls(Scope=scope, **marker)
            found += [(scope, acl) for acl in page["WebACLs"]]
            # The service names a marker on full pages only.
            if not page.get("NextMarker") or len(page["WebACLs"]) < 100:
                break
            marker = {"NextMarker": page["NextMarker"]}
    return found


def _list_acls(aws: Aws) -> Iterable[Raw]:
    for scope, summary in summaries(aws):
        raw = _read_acl(aws, summary["Id"], {"name": summary["Name"], "scope": scope})
        if raw:
            yield raw


def _read_acl(aws: Aws, acl_id: str, state: Props) -> Raw | None:
    client = aws.client("wafv2")
    named = [(state["scope"], state["name"])] if state.get("name") and state.get("scope") else [
        (scope, acl["Name"]) for scope, acl in summaries(aws) if acl["Id"] == acl_id
    ]
    for scope, name in named:
        acl = one(
            lambda scope=scope, name=name: client.get_web_acl(Id=acl_id, Name=name, Scope=scope),
            *_GONE,
            key="WebACL",
        )
        if acl is not None:
            listed = client.list_tags_for_resource(ResourceARN=acl["ARN"])
            return {**acl, "scope": scope, "Tags": listed["TagInfoForResource"]["TagList"]}
    return None


def _acl(raw: Raw) -> Props:
    return {
        "arn": raw["ARN"],
        "capacity": raw.get("Capacity", 0),
        "defaultAction": camel(raw["DefaultAction"], NAMES),
        "description": raw.get("Description", ""),
        "name": raw["Name"],
        "rules": camel(list(raw.get("Rules") or ()), NAMES),
        "scope": raw["scope"],
        "tags": tags(raw["Tags"]),
        "visibilityConfig": camel(raw["VisibilityConfig"], NAMES),
    }


def _list_associations(aws: Aws) -> Iterable[Raw]:
    balancers = aws.pages("elbv2", "describe_load_balancers", "LoadBalancers")
    for balancer in balancers:
        if raw := _association_of(aws, balancer["LoadBalancerArn"]):
            yield raw


def _association_of(aws: Aws, resource: str) -> Raw | None:
    client = aws.client("wafv2")
    acl = one(
        lambda: client.get_web_acl_for_resource(ResourceArn=resource), *_GONE, key="WebACL"
    )
    return acl and {"webAclArn": acl["ARN"], "resourceArn": resource}


def _read_association(aws: Aws, association: str, _state: Props) -> Raw | None:
    return _association_of(aws, association.split(",", 1)[1])


def _list_loggings(aws: Aws) -> Iterable[Raw]:
    client = aws.client("wafv2")
    for scope in scopes(aws):
        yield from client.list_logging_configurations(Scope=scope)["LoggingConfigurations"]


def _read_logging(aws: Aws, arn: str, _state: Props) -> Raw | None:
    client = aws.client("wafv2")
    found: Raw | None = one(
        lambda: client.get_logging_configuration(ResourceArn=arn),
        *_GONE,
        key="LoggingConfiguration",
    )
    return found


def _logging(raw: Raw) -> Props:
    return {
        "logDestinationConfigs": list(raw["LogDestinationConfigs"]),
        "loggingFilter": camel(raw.get("LoggingFilter")),
        "redactedFields": camel(list(raw.get("RedactedFields") or ())),
        "resourceArn": raw["ResourceArn"],
    }


TYPES = (
    AwsType(
        token="aws:wafv2/webAcl:WebAcl",
        service="wafv2",
        cloudformation="AWS::WAFv2::WebACL",
        list=_list_acls,
        read=_read_acl,
        identify=lambda raw: str(raw["Id"]),
        normalise=_acl,
        key=("name", "scope"),
        replace=frozenset({"name", "namePrefix", "scope"}),
        computed=frozenset({"rules.statement.rateBasedStatement.evaluationWindowSec"}),
        present=frozenset(
            {
                "defaultAction.allow",
                "defaultAction.block",
                "rules.action.allow",
                "rules.action.block",
                "rules.action.count",
                "rules.overrideAction.none",
                "rules.overrideAction.count",
            }
        ),
        unordered=frozenset({"rules"}),
    ),
    AwsType(
        token="aws:wafv2/webAclAssociation:WebAclAssociation",
        service="wafv2",
        cloudformation="AWS::WAFv2::WebACLAssociation",
        list=_list_associations,
        read=_read_association,
        identify=lambda raw: f"{raw['webAclArn']},{raw['resourceArn']}",
        normalise=dict,
        key=("resourceArn",),
        replace=frozenset({"resourceArn", "webAclArn"}),
    ),
    AwsType(
        token="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        service="wafv2",
        cloudformation="AWS::WAFv2::LoggingConfiguration",
        list=_list_loggings,
        read=_read_logging,
        identify=lambda raw: str(raw["ResourceArn"]),
        normalise=_logging,
        key=("resourceArn",),
        replace=frozenset({"resourceArn"}),
        unordered=frozenset({"redactedFields", "logDestinationConfigs"}),
    ),
)
