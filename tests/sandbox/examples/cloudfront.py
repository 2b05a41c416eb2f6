"""CloudFront."""

from infra.aws.model import Aws, Props
from tests.sandbox.example import Example


def _switch_off(aws: Aws, state: Props) -> None:
    client = aws.client("cloudfront")
    found = client.get_distribution_config(Id=state["id"])
    config = {**found["DistributionConfig"], "WebACLId": "", "Enabled": False}
    client.update_distribution(Id=state["id"], IfMatch=found["ETag"], DistributionConfig=config)


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
    ),
    Example(
        "aws:cloudfront/distribution:Distribution",
        lambda _: {
            "comment": "public content",
            "enabled": True,
            "isIpv6Enabled": True,
            "origins": [
                {
                    "originId": "content",
                    "domainName": "wasl-jo-content.s3.eu-south-1.amazonaws.com",
                    "originPath": "/public",
                }
            ],
            "defaultCacheBehavior": {
                "targetOriginId": "content",
                "viewerProtocolPolicy": "redirect-to-https",
                "allowedMethods": ["GET", "HEAD"],
                "cachedMethods": ["GET", "HEAD"],
                "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                "compress": True,
            },
            "restrictions": {"geoRestriction": {"restrictionType": "none"}},
            "viewerCertificate": {"cloudfrontDefaultCertificate": True},
            "tags": {"wasl:urn": "test/Distribution"},
        },
        change={"comment": "all public content"},
        tamper=_switch_off,
        tampered="enabled",
    ),
)
