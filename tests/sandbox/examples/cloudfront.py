"""CloudFront."""

from typing import Any

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example, Made

_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def _behaviour(origin: str, **more: Any) -> Props:
    return {
        "targetOriginId": origin,
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": _OPTIMIZED,
        "compress": True,
        **more,
    }


def _content(made: Made) -> Props:
    return {
        "comment": "public content",
        "enabled": True,
        "isIpv6Enabled": True,
        "defaultRootObject": "index.html",
        "origins": [
            {
                "originId": "content",
                "domainName": "wasl-jo-content.s3.eu-south-1.amazonaws.com",
                "originPath": "/public",
                "originAccessControlId": made["OriginAccessControl"]["id"],
            },
            {
                "originId": "platform",
                "domainName": "platform.jo.example.org",
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                },
                "customHeaders": [{"name": "x-wasl", "value": "edge"}],
            },
        ],
        "defaultCacheBehavior": _behaviour("content"),
        "orderedCacheBehaviors": [
            _behaviour(
                "platform",
                pathPattern="/api/*",
                functionAssociations=[
                    {
                        "eventType": "viewer-request",
                        "functionArn": "arn:aws:cloudfront::111122223333:function/plain",
                    }
                ],
            )
        ],
        "customErrorResponses": [
            {"errorCode": 403, "responseCode": 404, "responsePagePath": "/404.html"}
        ],
        "loggingConfig": {"bucket": "wasl-jo-logs.s3.amazonaws.com", "prefix": "edge/"},
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {
            "acmCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/1",
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        },
        "aliases": ["content.jo.example.org"],
        "tags": {"wasl:urn": "test/Distribution"},
    }


def _plain(made: Made) -> Props:
    return {
        "enabled": False,
        "origins": [
            {
                "originId": "content",
                "domainName": "wasl-jo-content.s3.eu-south-1.amazonaws.com",
                "originAccessControlId": made["OriginAccessControl"]["id"],
            }
        ],
        "defaultCacheBehavior": _behaviour("content"),
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
        "tags": {"wasl:urn": "test/plain"},
    }


def _unsign(aws: Aws, state: Props) -> None:
    """Ask the origin unsigned: what would need the bucket to be public."""
    client = aws.client("cloudfront")
    found = client.get_distribution_config(Id=state["id"])
    config = found["DistributionConfig"]
    for origin in config["Origins"]["Items"]:
        origin["OriginAccessControlId"] = ""
    client.update_distribution(Id=state["id"], IfMatch=found["ETag"], DistributionConfig=config)


def _inject(aws: Aws, state: Props) -> None:
    """Run somebody's code on every request."""
    client = aws.client("cloudfront")
    found = client.get_distribution_config(Id=state["id"])
    config = found["DistributionConfig"]
    function = {
        "EventType": "viewer-request",
        "LambdaFunctionARN": "arn:aws:lambda:us-east-1:444455556666:function:x:1",
    }
    config["DefaultCacheBehavior"]["LambdaFunctionAssociations"] = {
        "Quantity": 1,
        "Items": [function],
    }
    client.update_distribution(Id=state["id"], IfMatch=found["ETag"], DistributionConfig=config)


def _never_sign(aws: Aws, state: Props) -> None:
    client = aws.client("cloudfront")
    client.update_origin_access_control(
        Id=state["id"],
        IfMatch=state["etag"],
        OriginAccessControlConfig={
            "Name": state["name"],
            "Description": state["description"],
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "never",
            "SigningProtocol": "sigv4",
        },
    )


EXAMPLES = (
    Example(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        lambda _: {
            "name": "wasl-jo-content",
            "originAccessControlOriginType": "s3",
            "signingBehavior": "always",
            "signingProtocol": "sigv4",
        },
        change={"description": "Only this distribution"},
        tamper=_never_sign,
        tampered="signingBehavior",
    ),
    Example(
        "aws:cloudfront/distribution:Distribution",
        _content,
        change={
            "comment": "all public content",
            "customErrorResponses": [],
            "tags": {"wasl:urn": "test/Distribution", "owner": "x"},
        },
        tamper=_unsign,
        # In the order in which sets are compared.
        tampered="origins[1].originAccessControlId",
    ),
    Example(
        "aws:cloudfront/distribution:Distribution",
        _plain,
        name="plain",
        change={"enabled": True},
        tamper=_inject,
        tampered="defaultCacheBehavior.lambdaFunctionAssociations",
    ),
)
