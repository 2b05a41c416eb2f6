"""CloudFront: distributions and how they sign to their origins."""

from __future__ import annotations

import uuid
from typing import Any

from infra.aws.cloudfront import list_controls
from infra.aws.find import caller_reference
from infra.aws.model import Aws, Props
from infra.sandbox.make.model import Maker, fresh, unsupported
from infra.sandbox.make.tagging import changed_tags, pairs
from infra.sandbox.make.waiting import wait_for

_DEPLOYMENT = 5400.0  # seconds: the real provider's patience

_UNSUPPORTED = (
    "anycastIpListId",
    "cacheTagConfig",
    "connectionFunctionAssociation",
    "continuousDeploymentPolicyId",
    "originGroups",
    "staging",
    "viewerMtlsConfig",
)
_UNSUPPORTED_IN_BEHAVIOURS = (
    # The old way to say what a cache policy says.
    "defaultTtl",
    "forwardedValues",
    "maxTtl",
    "minTtl",
    "fieldLevelEncryptionId",
    "grpcConfig",
    "lambdaFunctionAssociations",
    "realtimeLogConfigArn",
    "smoothStreaming",
    "trustedSigners",
)


def _control(props: Props) -> dict[str, Any]:
    return {
        "Name": props["name"],
        "Description": props["description"],
        "OriginAccessControlOriginType": props["originAccessControlOriginType"],
        "SigningBehavior": props["signingBehavior"],
        "SigningProtocol": props["signingProtocol"],
    }


def _create_control(aws: Aws, props: Props) -> str:
    # moto lets a name be given twice; AWS does not.
    held = (item for item in list_controls(aws) if item.get("Name") == props["name"])
    fresh(next(held, None), f"origin access control {props['name']}")
    created = aws.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig=_control(props)
    )
    return str(created["OriginAccessControl"]["Id"])


def _update_control(aws: Aws, control_id: str, _old: Props, new: Props) -> None:
    client = aws.client("cloudfront")
    etag = client.get_origin_access_control(Id=control_id)["ETag"]
    client.update_origin_access_control(
        Id=control_id, IfMatch=etag, OriginAccessControlConfig=_control(new)
    )


def _delete_control(aws: Aws, control_id: str, _state: Props) -> None:
    client = aws.client("cloudfront")
    etag = client.get_origin_access_control(Id=control_id)["ETag"]
    client.delete_origin_access_control(Id=control_id, IfMatch=etag)


def _some(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), **({"Items": items} if items else {})}


def _config(props: Props, reference: str) -> dict[str, Any]:
    unsupported(props, *_UNSUPPORTED)
    return {
        "CallerReference": reference,
        "Aliases": _some(props.get("aliases") or []),
        "CacheBehaviors": _some(
            [_ordered(behaviour) for behaviour in props.get("orderedCacheBehaviors") or ()]
        ),
        "Comment": props.get("comment", ""),
        "CustomErrorResponses": _some(
            [_error(response) for response in props.get("customErrorResponses") or ()]
        ),
        "DefaultCacheBehavior": _behaviour(props["defaultCacheBehavior"]),
        "DefaultRootObject": props.get("defaultRootObject") or "",
        "Enabled": props["enabled"],
        "HttpVersion": props["httpVersion"],
        "IsIPV6Enabled": props["isIpv6Enabled"],
        "Logging": _logging(props.get("loggingConfig") or {}),
        "Origins": _some([_origin(origin) for origin in props["origins"]]),
        "PriceClass": props["priceClass"],
        "Restrictions": {"GeoRestriction": _geography(props["restrictions"]["geoRestriction"])},
        "ViewerCertificate": _certificate(props["viewerCertificate"]),
        "WebACLId": props.get("webAclId") or "",
    }


def _ordered(props: Props) -> dict[str, Any]:
    return {"PathPattern": props["pathPattern"], **_behaviour(props)}


def _behaviour(props: Props) -> dict[str, Any]:
    unsupported(props, *_UNSUPPORTED_IN_BEHAVIOURS)
    policies = {
        theirs: props[ours]
        for ours, theirs in {
            "cachePolicyId": "CachePolicyId",
            "originRequestPolicyId": "OriginRequestPolicyId",
            "responseHeadersPolicyId": "ResponseHeadersPolicyId",
        }.items()
        if props.get(ours)
    }
    groups = props.get("trustedKeyGroups") or []
    return {
        "AllowedMethods": {
            **_some(props["allowedMethods"]),
            "CachedMethods": _some(props["cachedMethods"]),
        },
        "Compress": props.get("compress", False),
        "FunctionAssociations": _some(
            [
                {"EventType": item["eventType"], "FunctionARN": item["functionArn"]}
                for item in props.get("functionAssociations") or ()
            ]
        ),
        "LambdaFunctionAssociations": _some([]),
        "TargetOriginId": props["targetOriginId"],
        "TrustedKeyGroups": {"Enabled": bool(groups), **_some(groups)},
        "ViewerProtocolPolicy": props["viewerProtocolPolicy"],
        **policies,
    }


def _error(props: Props) -> dict[str, Any]:
    page = (
        {"ResponseCode": str(props["responseCode"]), "ResponsePagePath": props["responsePagePath"]}
        if props.get("responsePagePath")
        else {}
    )
    return {
        "ErrorCode": props["errorCode"],
        "ErrorCachingMinTTL": props.get("errorCachingMinTtl", 0),
        **page,
    }


def _logging(props: Props) -> dict[str, Any]:
    return {
        "Bucket": props.get("bucket") or "",
        "Enabled": bool(props.get("bucket")),
        "IncludeCookies": props.get("includeCookies", False),
        "Prefix": props.get("prefix") or "",
    }


def _origin(props: Props) -> dict[str, Any]:
    unsupported(props, "originShield", "responseCompletionTimeout", "vpcOriginConfig")
    identity = (props.get("s3OriginConfig") or {}).get("originAccessIdentity", "")
    custom = props.get("customOriginConfig")
    kind = (
        {"CustomOriginConfig": _custom(custom)}
        if custom
        else {"S3OriginConfig": {"OriginAccessIdentity": identity}}
    )
    headers = [
        {"HeaderName": item["name"], "HeaderValue": item["value"]}
        for item in props.get("customHeaders") or ()
    ]
    return {
        "ConnectionAttempts": props.get("connectionAttempts", 3),
        "ConnectionTimeout": props.get("connectionTimeout", 10),
        "CustomHeaders": _some(headers),
        "DomainName": props["domainName"],
        "Id": props["originId"],
        "OriginAccessControlId": props.get("originAccessControlId") or "",
        "OriginPath": props.get("originPath") or "",
        **kind,
    }


def _custom(props: Props) -> dict[str, Any]:
    unsupported(props, "ipAddressType", "originMtlsConfig")
    return {
        "HTTPPort": props["httpPort"],
        "HTTPSPort": props["httpsPort"],
        "OriginKeepaliveTimeout": props.get("originKeepaliveTimeout", 5),
        "OriginProtocolPolicy": props["originProtocolPolicy"],
        "OriginReadTimeout": props.get("originReadTimeout", 30),
        "OriginSslProtocols": _some(props["originSslProtocols"]),
    }


def _geography(props: Props) -> dict[str, Any]:
    return {
        "RestrictionType": props["restrictionType"],
        **_some(props.get("locations") or []),
    }


def _certificate(props: Props) -> dict[str, Any]:
    if props.get("acmCertificateArn"):
        return {
            "ACMCertificateArn": props["acmCertificateArn"],
            "MinimumProtocolVersion": props["minimumProtocolVersion"],
            "SSLSupportMethod": props["sslSupportMethod"],
        }
    return {"CloudFrontDefaultCertificate": True}


def _create(aws: Aws, props: Props) -> str:
    created = aws.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            # The same resource asks with the same reference: AWS refuses to make it twice.
            "DistributionConfig": _config(props, caller_reference(props) or f"wasl-{uuid.uuid4()}"),
            "Tags": {"Items": pairs(props)},
        }
    )
    distribution_id = str(created["Distribution"]["Id"])
    if props["waitForDeployment"]:
        _wait(aws, distribution_id)
    return distribution_id


def _wait(aws: Aws, distribution_id: str) -> None:
    """Until every edge knows the distribution as it is."""

    def deployed() -> bool | None:
        found = aws.client("cloudfront").get_distribution(Id=distribution_id)
        return found["Distribution"]["Status"] == "Deployed" or None

    wait_for(f"the edges to know distribution {distribution_id}", deployed, _DEPLOYMENT)


def _update(aws: Aws, distribution_id: str, old: Props, new: Props) -> None:
    client = aws.client("cloudfront")
    found = client.get_distribution(Id=distribution_id)
    reference = found["Distribution"]["DistributionConfig"]["CallerReference"]
    client.update_distribution(
        Id=distribution_id, IfMatch=found["ETag"], DistributionConfig=_config(new, reference)
    )
    arn = found["Distribution"]["ARN"]
    put, gone = changed_tags(old, new)
    if put:
        client.tag_resource(Resource=arn, Tags={"Items": pairs({"tags": put})})
    if gone:
        client.untag_resource(Resource=arn, TagKeys={"Items": gone})
    if new["waitForDeployment"]:
        _wait(aws, distribution_id)


def _delete(aws: Aws, distribution_id: str, state: Props) -> None:
    """AWS deletes only a distribution that every edge knows to be disabled."""
    client = aws.client("cloudfront")
    found = client.get_distribution_config(Id=distribution_id)
    if found["DistributionConfig"]["Enabled"]:
        config = {**found["DistributionConfig"], "Enabled": False}
        client.update_distribution(
            Id=distribution_id, IfMatch=found["ETag"], DistributionConfig=config
        )
    if state.get("retainOnDelete"):
        return
    _wait(aws, distribution_id)
    latest = client.get_distribution_config(Id=distribution_id)["ETag"]
    client.delete_distribution(Id=distribution_id, IfMatch=latest)


MAKERS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": Maker(
        _create_control, _update_control, _delete_control
    ),
    "aws:cloudfront/distribution:Distribution": Maker(_create, _update, _delete),
}
