"""WAF: web ACLs, what they guard and where they log."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from infra.aws.model import Aws, Props, absent
from infra.aws.shape import pascal
from infra.aws.wafv2 import ASSOCIATION, BODIES, LOGGING, NAMES, WEB_ACL
from infra.sandbox.make.model import Maker, fresh
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_RELEASE = 300.0  # seconds in which AWS notices that an association is gone
_BUSY = (
    "WAFAssociatedItemException",
    "WAFOptimisticLockException",
    "WAFUnavailableEntityException",
)


def _settings(props: Props) -> dict[str, Any]:
    if props.get("ruleJson"):
        raise RuntimeError("the stand-in takes `rules`, not `ruleJson`: AWS never answers with it")
    settings: dict[str, Any] = {
        "DefaultAction": pascal(props["defaultAction"], NAMES),
        "Rules": [pascal(rule, NAMES) for rule in props.get("rules") or ()],
        "VisibilityConfig": pascal(props["visibilityConfig"], NAMES),
    }
    for name in (
        "captchaConfig",
        "challengeConfig",
        "dataProtectionConfig",
        "description",
        "tokenDomains",
    ):
        if props.get(name):
            settings[name[0].upper() + name[1:]] = pascal(props[name])
    if bodies := (props.get("associationConfig") or {}).get("requestBodies"):
        settings["AssociationConfig"] = {"RequestBody": _bodies(bodies)}
    if responses := props.get("customResponseBodies"):
        settings["CustomResponseBodies"] = {
            item["key"]: {"Content": item["content"], "ContentType": item["contentType"]}
            for item in responses
        }
    return settings


def _bodies(items: list[Props]) -> dict[str, Any]:
    theirs = {ours: key for key, ours in BODIES.items()}
    return {
        theirs[name]: pascal(body)
        for item in items
        for name, body in item.items()
        if name in theirs and body
    }


def _create_acl(aws: Aws, props: Props) -> str:
    tags = pairs(props)
    created = aws.client("wafv2").create_web_acl(
        Name=props["name"],
        Scope=props["scope"],
        **_settings(props),
        **({"Tags": tags} if tags else {}),
    )
    return str(created["Summary"]["Id"])


def _update_acl(aws: Aws, acl_id: str, old: Props, new: Props) -> None:
    waf = aws.client("wafv2")
    found = _at_rest(
        aws, acl_id, new, "change", lambda key: waf.update_web_acl(**key, **_settings(new))
    )
    put, gone = changed_tags(old, new)
    if put:
        waf.tag_resource(ResourceARN=found["ARN"], Tags=pairs({"tags": put}))
    if gone:
        waf.untag_resource(ResourceARN=found["ARN"], TagKeys=gone)


def _at_rest(aws: Aws, acl_id: str, props: Props, what: str, call: Any) -> Any:
    """Make `call` with the web ACL's present lock, again while AWS is busy with it."""

    def attempt() -> Any:
        raw = WEB_ACL.read(aws, acl_id, props)
        if raw is None:
            raise RuntimeError(f"web ACL {props['name']} is gone")
        lock = {
            "Id": raw["Id"],
            "Name": raw["Name"],
            "Scope": raw["Scope"],
            "LockToken": raw["LockToken"],
        }
        try:
            call(lock)
        except ClientError as error:
            if absent(error, *_BUSY):
                return None
            raise
        return raw

    return wait_for(f"the {what} of web ACL {props['name']}", attempt, _RELEASE)


def _delete_acl(aws: Aws, acl_id: str, state: Props) -> None:
    waf = aws.client("wafv2")
    _at_rest(aws, acl_id, state, "end", lambda key: waf.delete_web_acl(**key))


def _associate(aws: Aws, props: Props) -> str:
    acl, resource = props["webAclArn"], props["resourceArn"]
    # AWS would silently put the new web ACL in the place of the one that is there.
    fresh(ASSOCIATION.read(aws, f"{acl},{resource}", {}), f"a web ACL of {resource}")
    aws.client("wafv2").associate_web_acl(WebACLArn=acl, ResourceArn=resource)
    return f"{acl},{resource}"


def _create_logging(aws: Aws, props: Props) -> str:
    arn = str(props["resourceArn"])
    fresh(LOGGING.read(aws, arn, {}), f"a logging configuration of {arn}")
    _put_logging(aws, props)
    return arn


def _put_logging(aws: Aws, props: Props) -> None:
    configuration: dict[str, Any] = {
        "ResourceArn": props["resourceArn"],
        "LogDestinationConfigs": props["logDestinationConfigs"],
    }
    if props.get("redactedFields"):
        configuration["RedactedFields"] = pascal(props["redactedFields"])
    if props.get("loggingFilter"):
        configuration["LoggingFilter"] = pascal(props["loggingFilter"])
    aws.client("wafv2").put_logging_configuration(LoggingConfiguration=configuration)


MAKERS = {
    "aws:wafv2/webAcl:WebAcl": Maker(_create_acl, _update_acl, _delete_acl),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Maker(
        _associate,
        None,
        lambda aws, association, _: aws.client("wafv2").disassociate_web_acl(
            ResourceArn=association.partition(",")[2]
        ),
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Maker(
        _create_logging,
        lambda aws, _id, _old, new: _put_logging(aws, new),
        lambda aws, arn, _: aws.client("wafv2").delete_logging_configuration(ResourceArn=arn),
    ),
}
