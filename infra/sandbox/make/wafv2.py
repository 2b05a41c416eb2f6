"""WAF: web ACLs, what they guard, where they log."""

from __future__ import annotations

from typing import Any

from infra.aws.model import Aws, Props, one
from infra.aws.shape import pascal
from infra.aws.wafv2 import NAMES
from infra.sandbox.make.model import Maker, fresh
from infra.sandbox.make.tagging import changed_tags, pairs


def _described(props: Props) -> dict[str, Any]:
    described = {
        "DefaultAction": pascal(props["defaultAction"], NAMES),
        "Rules": pascal(props.get("rules") or [], NAMES),
        "VisibilityConfig": pascal(props["visibilityConfig"], NAMES),
    }
    return described | ({"Description": props["description"]} if props.get("description") else {})


def _create_acl(aws: Aws, props: Props) -> str:
    tagged = {"Tags": pairs(props)} if props.get("tags") else {}
    created = aws.client("wafv2").create_web_acl(
        Name=props["name"], Scope=props["scope"], **_described(props), **tagged
    )
    return str(created["Summary"]["Id"])


def _found(aws: Aws, acl_id: str, props: Props) -> dict[str, Any]:
    named = {"Id": acl_id, "Name": props["name"], "Scope": props["scope"]}
    answer = aws.client("wafv2").get_web_acl(**named)
    return {**named, "LockToken": answer["LockToken"], "arn": answer["WebACL"]["ARN"]}


def _update_acl(aws: Aws, acl_id: str, old: Props, new: Props) -> None:
    client, named = aws.client("wafv2"), _found(aws, acl_id, new)
    arn = named.pop("arn")
    client.update_web_acl(**named, **_described(new))
    put, gone = changed_tags(old, new)
    if put:
        client.tag_resource(ResourceARN=arn, Tags=pairs({"tags": put}))
    if gone:
        client.untag_resource(ResourceARN=arn, TagKeys=gone)


def _delete_acl(aws: Aws, acl_id: str, state: Props) -> None:
    named = _found(aws, acl_id, state)
    del named["arn"]
    aws.client("wafv2").delete_web_acl(**named)


def _associate(aws: Aws, props: Props) -> str:
    client, resource = aws.client("wafv2"), props["resourceArn"]
    held = one(
        lambda: client.get_web_acl_for_resource(ResourceArn=resource),
        "WAFNonexistentItemException",
        key="WebACL",
    )
    fresh(held, f"the web ACL of {resource}")
    client.associate_web_acl(WebACLArn=props["webAclArn"], ResourceArn=resource)
    return f"{props['webAclArn']},{resource}"


def _disassociate(aws: Aws, association: str, _state: Props) -> None:
    resource = association.split(",", 1)[1]
    aws.client("wafv2").disassociate_web_acl(ResourceArn=resource)


def _put_logging(aws: Aws, props: Props) -> None:
    aws.client("wafv2").put_logging_configuration(
        LoggingConfiguration={
            "ResourceArn": props["resourceArn"],
            "LogDestinationConfigs": props["logDestinationConfigs"],
            "RedactedFields": pascal(props.get("redactedFields") or []),
        }
    )


def _create_logging(aws: Aws, props: Props) -> str:
    client, arn = aws.client("wafv2"), props["resourceArn"]
    held = one(
        lambda: client.get_logging_configuration(ResourceArn=arn),
        "WAFNonexistentItemException",
        key="LoggingConfiguration",
    )
    fresh(held, f"the logging of {arn}")
    _put_logging(aws, props)
    return str(arn)


MAKERS = {
    "aws:wafv2/webAcl:WebAcl": Maker(_create_acl, _update_acl, _delete_acl),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Maker(_associate, None, _disassociate),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Maker(
        _create_logging,
        lambda aws, _arn, _old, new: _put_logging(aws, new),
        lambda aws, arn, _: aws.client("wafv2").delete_logging_configuration(ResourceArn=arn),
    ),
}
