"""Public content near the pupils, where the country's contract lets it leave the region."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place
from infra.components.names import EDGE_REGION, Names
from infra.components.storage import Storage
from infra.components.webacl import rules, visible

_ACL = "aws:wafv2/webAcl:WebAcl"
# AWS's managed cache policy "CachingOptimized", the same id in every account.
_CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"


class Edge(Component):
    """A CloudFront distribution that alone may read the content bucket (origin access control)."""

    manifest_key = "edge"
    classification = "public"

    def __init__(self, place: Place, storage: Storage, names: Names) -> None:
        super().__init__(place)
        self.distribution: aws.cloudfront.Distribution | None = None
        if place.country.edge is None:
            storage.content_policy()
        else:
            self.distribution = self._distribution(storage, names)
            storage.content_policy(
                {
                    "Sid": "Edge",
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudfront.amazonaws.com"},
                    "Action": "s3:GetObject",
                    "Resource": pulumi.Output.concat(storage.content.arn, "/public/*"),
                    "Condition": {"StringEquals": {"aws:SourceArn": self.distribution.arn}},
                }
            )
            names.alias(
                "content",
                names.content_name,
                self.distribution.domain_name,
                self.distribution.hosted_zone_id,
            )
        self.done()

    def _distribution(self, storage: Storage, names: Names) -> aws.cloudfront.Distribution:
        access = aws.cloudfront.OriginAccessControl(
            "content",
            name=f"{self.place.prefix}-content",
            description="Only this distribution reads the bucket",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self.child(),
        )
        certificate = names.content_certificate
        own_name: aws.cloudfront.DistributionViewerCertificateArgsDict = {
            "acm_certificate_arn": certificate,
            "ssl_support_method": "sni-only",
            "minimum_protocol_version": "TLSv1.2_2021",
        }
        return aws.cloudfront.Distribution(
            "content",
            comment=f"{self.place.prefix} public content",
            enabled=True,
            is_ipv6_enabled=True,
            http_version="http2and3",
            price_class="PriceClass_200",
            web_acl_id=self._acl(),
            aliases=[names.content_name] if certificate is not None else [],
            origins=[
                {
                    "origin_id": "content",
                    "domain_name": storage.content.bucket_regional_domain_name,
                    "origin_path": "/public",
                    "origin_access_control_id": access.id,
                }
            ],
            default_cache_behavior={
                "target_origin_id": "content",
                "viewer_protocol_policy": "redirect-to-https",
                "allowed_methods": ["GET", "HEAD"],
                "cached_methods": ["GET", "HEAD"],
                "cache_policy_id": _CACHING_OPTIMIZED,
                "compress": True,
            },
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate=own_name
            if certificate is not None
            else {"cloudfront_default_certificate": True},
            wait_for_deployment=True,
            opts=self.child(),
        )

    def _acl(self) -> pulumi.Output[str] | None:
        if not self.place.edge(_ACL):
            return None
        acl = aws.wafv2.WebAcl(
            "content",
            name=f"{self.place.prefix}-content",
            scope="CLOUDFRONT",
            region=EDGE_REGION,
            default_action={"allow": {}},
            rules=rules(),
            visibility_config=visible("content"),
            opts=self.child(),
        )
        return acl.arn
