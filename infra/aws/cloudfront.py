"""CloudFront: distributions and how they sign to their origins. The service is global."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infra.aws.model import Aws, AwsType, Props, Raw, one, tags

HOME = "us-east-1"
ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone id of every distribution, for alias records."""


def _list_controls(aws: Aws) -> Iterable[Raw]:
    client = aws.client("cloudfront")
    items = client.list_origin_access_controls()["OriginAccessControlList"].get("Items") or ()
    for item in items:
        if raw := _read_control(aws, item["Id"], {}):
            yield raw


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
    pages = aws.client("cloudfront").get_paginator("list_distributions").paginate()
    for page in pages:
        for item in page["DistributionList"].get("Items") or ():
            if raw := _read_distribution(aws, item["Id"], {}):
                yield raw


def _read_distribution(aws: Aws, distribution_id: str, state: Props) -> Raw | None:
    client = aws.client("cloudfront")
    answer = one(lambda: client.get_distribution(Id=distribution_id), "NoSuchDistribution")
    if answer is None:
        return None
    arn = answer["Distribution"]["ARN"]
    tagging = client.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    # moto loses the origins' access control, which AWS returns: then it is as it was last known.
    known = {
        origin["originId"]: origin.get("originAccessControlId")
        for origin in state.get("origins") or ()
    }
    found = {**answer["Distribution"], "ETag": answer["ETag"], "Tags": tagging}
    return {**found, "known": known}


def _distribution(raw: Raw) -> Props:
    config = raw["DistributionConfig"]
    return {
        "aliases": _items(config.get("Aliases")),
        "arn": raw["ARN"],
        "callerReference": config["CallerReference"],
        "comment": config.get("Comment", ""),
        "defaultCacheBehavior": _behaviour(config["DefaultCacheBehavior"]),
        "domainName": raw["DomainName"],
        "enabled": config["Enabled"],
        "etag": raw["ETag"],
        "hostedZoneId": ZONE,
        "httpVersion": str(config.get("HttpVersion", "http2")).lower(),
        "isIpv6Enabled": config.get("IsIPV6Enabled", False),
        "origins": [_origin(origin, raw.get("known") or {}) for origin in config["Origins"]["Items"]],
        "priceClass": config.get("PriceClass", "PriceClass_All"),
        "restrictions": {"geoRestriction": _geography(config.get("Restrictions") or {})},
        "status": raw["Status"],
        "tags": tags(raw["Tags"]),
        "viewerCertificate": _certificate(config.get("ViewerCertificate") or {}),
        "webAclId": config.get("WebACLId", ""),
    }


def _items(block: Any) -> list[Any]:
    return list((block or {}).get("Items") or ())


def _behaviour(raw: Raw) -> Props:
    allowed = raw.get("AllowedMethods") or {}
    return {
        "allowedMethods": _items(allowed),
        "cachePolicyId": raw.get("CachePolicyId", ""),
        "cachedMethods": _items(allowed.get("CachedMethods")),
        "compress": raw.get("Compress", False),
        "targetOriginId": raw["TargetOriginId"],
        "viewerProtocolPolicy": raw["ViewerProtocolPolicy"],
    }


def _origin(raw: Raw, known: Raw) -> Props:
    return {
        "domainName": raw["DomainName"],
        "originAccessControlId": raw.get("OriginAccessControlId") or known.get(raw["Id"]) or "",
        "originId": raw["Id"],
        "originPath": raw.get("OriginPath", ""),
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


TYPES = (
    AwsType(
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
    ),
    AwsType(
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
            "priceClass": "PriceClass_All",
            "retainOnDelete": False,
            "waitForDeployment": True,
        },
        unordered=frozenset(
            {
                "aliases",
                "origins",
                "defaultCacheBehavior.allowedMethods",
                "defaultCacheBehavior.cachedMethods",
            }
        ),
        write_only=frozenset({"retainOnDelete", "waitForDeployment"}),
        home=HOME,
    ),
)
