"""CloudFront: distributions and how they sign to their origins."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from infra.aws.model import URN_TAG, Aws, Props
from infra.sandbox.make.model import Maker
from infra.sandbox.make.tagging import changed_tags, pairs


def _control(props: Props) -> dict[str, Any]:
    return {
        "Name": props["name"],
        "Description": props["description"],
        "OriginAccessControlOriginType": props["originAccessControlOriginType"],
        "SigningBehavior": props["signingBehavior"],
        "SigningProtocol": props["signingProtocol"],
    }


def _create_control(aws: Aws, props: Props) -> str:
    client = aws.client("cloudfront")
    items = client.list_origin_access_controls()["OriginAccessControlList"].get("Items") or ()
    # moto lets a name be given twice; AWS does not.
    if any(item.get("Name") == props["name"] for item in items):
        raise RuntimeError(f"origin access control {props['name']} exists already: import it")
    created = client.create_origin_access_control(OriginAccessControlConfig=_control(props))
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
    return {
        "CallerReference": reference,
        "Aliases": _some(props.get("aliases") or []),
        "Comment": props.get("comment", ""),
        "DefaultCacheBehavior": _behaviour(props["defaultCacheBehavior"]),
        "Enabled": props["enabled"],
        "HttpVersion": props["httpVersion"],
        "IsIPV6Enabled": props["isIpv6Enabled"],
        "Origins": _some([_origin(origin) for origin in props["origins"]]),
        "PriceClass": props["priceClass"],
        "Restrictions": {"GeoRestriction": _geography(props["restrictions"]["geoRestriction"])},
        "ViewerCertificate": _certificate(props["viewerCertificate"]),
        "WebACLId": props.get("webAclId") or "",
    }


def _behaviour(props: Props) -> dict[str, Any]:
    return {
        "AllowedMethods": {
            **_some(props["allowedMethods"]),
            "CachedMethods": _some(props["cachedMethods"]),
        },
        "CachePolicyId": props.get("cachePolicyId", ""),
        "Compress": props.get("compress", False),
        "TargetOriginId": props["targetOriginId"],
        "ViewerProtocolPolicy": props["viewerProtocolPolicy"],
    }


def _origin(props: Props) -> dict[str, Any]:
    return {
        "DomainName": props["domainName"],
        "Id": props["originId"],
        "OriginAccessControlId": props.get("originAccessControlId") or "",
        "OriginPath": props.get("originPath") or "",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
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
    # The same resource asks with the same reference: AWS refuses to make it twice.
    named = (props.get("tags") or {}).get(URN_TAG) or json.dumps(props, sort_keys=True)
    reference = hashlib.sha256(named.encode()).hexdigest()[:32]
    created = aws.client("cloudfront").create_distribution_with_tags(
        DistributionConfigWithTags={
            "DistributionConfig": _config(props, reference),
            "Tags": {"Items": pairs(props)},
        }
    )
    return str(created["Distribution"]["Id"])


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


def _delete(aws: Aws, distribution_id: str, state: Props) -> None:
    """AWS deletes only a distribution that is disabled."""
    client = aws.client("cloudfront")
    found = client.get_distribution_config(Id=distribution_id)
    if found["DistributionConfig"]["Enabled"]:
        config = {**found["DistributionConfig"], "Enabled": False}
        found = client.update_distribution(
            Id=distribution_id, IfMatch=found["ETag"], DistributionConfig=config
        )
    client.delete_distribution(Id=distribution_id, IfMatch=found["ETag"])


MAKERS = {
    "aws:cloudfront/originAccessControl:OriginAccessControl": Maker(
        _create_control, _update_control, _delete_control
    ),
    "aws:cloudfront/distribution:Distribution": Maker(_create, _update, _delete),
}
