"""CloudFront: distributions and how they sign to their origins. The service is global."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

HOME = "us-east-1"
ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone id of every distribution, for alias records."""


def _items_of(aws: Aws, operation: str, key: str) -> Iterable[Raw]:
    """The items of a paged listing, which stand one level deeper than elsewhere."""
    for page in aws.client("cloudfront").get_paginator(operation).paginate():
        yield from page[key].get("Items") or ()


def list_controls(aws: Aws) -> Iterable[Raw]:
    """The summaries of the account's origin access controls."""
    return _items_of(aws, "list_origin_access_controls", "OriginAccessControlList")


def _list_controls(aws: Aws) -> Iterable[Raw]:
    # The summary says all but the tag that a change must name.
    for item in list_controls(aws):
        yield {"Id": item["Id"], "OriginAccessControlConfig": item, "ETag": ""}


def _read_control(aws: Aws, control_id: str, _state: Props) -> Raw | None:
    client = aws.client("cloudfront")
    answer = one(
        lambda: client.get_origin_access_control(Id=control_id), "NoSuchOriginAccessControl"
    )
    return answer and {**answer["OriginAccessControl"], "ETag": answer["ETag"]}


def _control(raw: Raw) -> Props:
    config = raw["OriginAccessControlConfig"]
    return {
        "description": config.get("Description", ""),
        "etag": raw["ETag"],
        "name": config["Name"],
        "originAccessControlOriginType": config["OriginAccessControlOriginType"],
        "signingBehavior": config["SigningBehavior"],
        "signingProtocol": config["SigningProtocol"],
    }


def _list_distributions(aws: Aws) -> Iterable[Raw]:
    items = _items_of(aws, "list_distributions", "DistributionList")
    return aws.each(lambda item: _read_distribution(aws, item["Id"], {}), items)


def _read_distribution(aws: Aws, distribution_id: str, _state: Props) -> Raw | None:
    client = aws.client("cloudfront")
    answer = one(lambda: client.get_distribution(Id=distribution_id), "NoSuchDistribution")
    if answer is None:
        return None
    found = answer["Distribution"]
    tagging = client.list_tags_for_resource(Resource=found["ARN"])["Tags"]["Items"]
    return {**found, "ETag": answer["ETag"], "Tags": tagging}


def _distribution(raw: Raw) -> Props:
    config = raw["DistributionConfig"]
    return {
        "aliases": _items(config.get("Aliases")),
        "arn": raw["ARN"],
        "callerReference": config["CallerReference"],
        "comment": config.get("Comment", ""),
        "customErrorResponses": [
            _error(item) for item in _items(config.get("CustomErrorResponses"))
        ],
        "defaultCacheBehavior": _behaviour(config["DefaultCacheBehavior"]),
        "defaultRootObject": config.get("DefaultRootObject", ""),
        "domainName": raw["DomainName"],
        "enabled": config["Enabled"],
        "etag": raw["ETag"],
        "hostedZoneId": ZONE,
        "httpVersion": str(config.get("HttpVersion", "http2")).lower(),
        "isIpv6Enabled": config.get("IsIPV6Enabled", False),
        "loggingConfig": _logging(config.get("Logging") or {}),
        "orderedCacheBehaviors": [
            _behaviour(item) for item in _items(config.get("CacheBehaviors"))
        ],
        "originGroups": [_group(item) for item in _items(config.get("OriginGroups"))],
        "origins": [_origin(item) for item in _items(config["Origins"])],
        "priceClass": config.get("PriceClass", "PriceClass_All"),
        "restrictions": {"geoRestriction": _geography(config.get("Restrictions") or {})},
        "status": raw["Status"],
        "tags": tags(raw["Tags"]),
        "viewerCertificate": _certificate(config.get("ViewerCertificate") or {}),
        "webAclId": config.get("WebACLId", ""),
    }


def _items(block: Any) -> list[Any]:
    return list((block or {}).get("Items") or ())


def _error(raw: Raw) -> Props:
    return {
        "errorCachingMinTtl": raw.get("ErrorCachingMinTTL", 0),
        "errorCode": raw["ErrorCode"],
        "responseCode": int(raw.get("ResponseCode") or 0),
        "responsePagePath": raw.get("ResponsePagePath", ""),
    }


def _behaviour(raw: Raw) -> Props:
    """A cache behaviour; whatever runs code on a request or lets one pass is told in full."""
    allowed = raw.get("AllowedMethods") or {}
    functions = _items(raw.get("FunctionAssociations"))
    lambdas = _items(raw.get("LambdaFunctionAssociations"))
    return {
        "allowedMethods": _items(allowed),
        "cachePolicyId": raw.get("CachePolicyId", ""),
        "cachedMethods": _items(allowed.get("CachedMethods")),
        "compress": raw.get("Compress", False),
        "fieldLevelEncryptionId": raw.get("FieldLevelEncryptionId", ""),
        "functionAssociations": [
            {"eventType": item["EventType"], "functionArn": item["FunctionARN"]}
            for item in functions
        ],
        "lambdaFunctionAssociations": [
            {
                "eventType": item["EventType"],
                "includeBody": item.get("IncludeBody", False),
                "lambdaArn": item["LambdaFunctionARN"],
            }
            for item in lambdas
        ],
        "originRequestPolicyId": raw.get("OriginRequestPolicyId", ""),
        "pathPattern": raw.get("PathPattern", ""),
        "realtimeLogConfigArn": raw.get("RealtimeLogConfigArn", ""),
        "responseHeadersPolicyId": raw.get("ResponseHeadersPolicyId", ""),
        "smoothStreaming": raw.get("SmoothStreaming", False),
        "targetOriginId": raw["TargetOriginId"],
        "trustedKeyGroups": _items(raw.get("TrustedKeyGroups")),
        "trustedSigners": _items(raw.get("TrustedSigners")),
        "viewerProtocolPolicy": raw["ViewerProtocolPolicy"],
    }


def _logging(raw: Raw) -> Props:
    """Where the access logs go; AWS says with an empty bucket that they go nowhere."""
    if not raw.get("Bucket"):
        return {}
    return {
        "bucket": raw["Bucket"],
        "includeCookies": raw.get("IncludeCookies", False),
        "prefix": raw.get("Prefix", ""),
    }


def _group(raw: Raw) -> Props:
    return {
        "failoverCriteria": {"statusCodes": _items(raw["FailoverCriteria"]["StatusCodes"])},
        "members": [{"originId": item["OriginId"]} for item in _items(raw["Members"])],
        "originId": raw["Id"],
    }


def _origin(raw: Raw) -> Props:
    identity = (raw.get("S3OriginConfig") or {}).get("OriginAccessIdentity")
    custom = raw.get("CustomOriginConfig")
    shield = raw.get("OriginShield") or {}
    return {
        "connectionAttempts": raw.get("ConnectionAttempts", 3),
        "connectionTimeout": raw.get("ConnectionTimeout", 10),
        "customHeaders": [
            {"name": item["HeaderName"], "value": item["HeaderValue"]}
            for item in _items(raw.get("CustomHeaders"))
        ],
        "customOriginConfig": _custom(custom) if custom else None,
        "domainName": raw["DomainName"],
        "originAccessControlId": raw.get("OriginAccessControlId", ""),
        "originId": raw["Id"],
        "originPath": raw.get("OriginPath", ""),
        "originShield": {
            "enabled": True,
            "originShieldRegion": shield.get("OriginShieldRegion", ""),
        }
        if shield.get("Enabled")
        else None,
        "s3OriginConfig": {"originAccessIdentity": identity} if identity else None,
    }


def _custom(raw: Raw) -> Props:
    return {
        "httpPort": raw["HTTPPort"],
        "httpsPort": raw["HTTPSPort"],
        "originKeepaliveTimeout": raw.get("OriginKeepaliveTimeout", 5),
        "originProtocolPolicy": raw["OriginProtocolPolicy"],
        "originReadTimeout": raw.get("OriginReadTimeout", 30),
        "originSslProtocols": _items(raw.get("OriginSslProtocols")),
    }


def _geography(raw: Raw) -> Props:
    restriction = raw.get("GeoRestriction") or {}
    return {
        "restrictionType": restriction.get("RestrictionType", "none"),
        "locations": _items(restriction),
    }


def _certificate(raw: Raw) -> Props:
    own = raw.get("ACMCertificateArn", "")
    return {
        "acmCertificateArn": own,
        "cloudfrontDefaultCertificate": bool(raw.get("CloudFrontDefaultCertificate")) and not own,
        "minimumProtocolVersion": raw.get("MinimumProtocolVersion", "") if own else "",
        "sslSupportMethod": raw.get("SSLSupportMethod", "") if own else "",
    }


def _in_behaviours(*names: str) -> set[str]:
    return {
        f"{behaviour}.{name}"
        for behaviour in ("defaultCacheBehavior", "orderedCacheBehaviors")
        for name in names
    }


CONTROL = AwsType(
    token="aws:cloudfront/originAccessControl:OriginAccessControl",
    service="cloudfront",
    cloudformation="AWS::CloudFront::OriginAccessControl",
    list=_list_controls,
    read=_read_control,
    identify=lambda raw: str(raw["Id"]),
    normalise=_control,
    key=("name",),
    defaults={"description": "Managed by Pulumi"},
    home=HOME,
)

DISTRIBUTION = AwsType(
    token="aws:cloudfront/distribution:Distribution",
    service="cloudfront",
    cloudformation="AWS::CloudFront::Distribution",
    list=_list_distributions,
    read=_read_distribution,
    identify=lambda raw: str(raw["Id"]),
    normalise=_distribution,
    defaults={
        "httpVersion": "http2",
        "isIpv6Enabled": False,
        "origins.connectionAttempts": 3,
        "origins.connectionTimeout": 10,
        "origins.customOriginConfig.originKeepaliveTimeout": 5,
        "origins.customOriginConfig.originReadTimeout": 30,
        "priceClass": "PriceClass_All",
        "retainOnDelete": False,
        "waitForDeployment": True,
    },
    # Its order decides: `orderedCacheBehaviors` is no set.
    unordered=frozenset(
        {
            "aliases",
            "customErrorResponses",
            "origins",
            "origins.customHeaders",
            "origins.customOriginConfig.originSslProtocols",
            "restrictions.geoRestriction.locations",
        }
        | _in_behaviours(
            "allowedMethods", "cachedMethods", "functionAssociations", "lambdaFunctionAssociations"
        )
    ),
    write_only=frozenset({"retainOnDelete", "waitForDeployment"}),
    home=HOME,
)

TYPES = (CONTROL, DISTRIBUTION)
