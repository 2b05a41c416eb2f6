"""The tenancy's names in the DNS, and the certificates for them."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws

from infra.components.base import Component, Place

EDGE_REGION = "us-east-1"
"""Where CloudFront takes certificates and web ACLs from."""


class Names(Component):
    """The tenancy's zone; certificates once the ministry has delegated it.

    Until then the zone waits with its name servers, which the ministry needs for the delegation,
    and no certificate is asked for: its validation would never end.
    """

    manifest_key = "domain"
    classification = "public"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        domain = place.country.domain
        self.zone = aws.route53.Zone(
            "zone",
            name=domain,
            comment=f"{place.prefix}",
            force_destroy=not place.protected,
            # A new zone has other name servers, and the ministry would have to delegate again.
            opts=self.child(protect=place.protected),
        )
        self.platform_name = f"platform.{domain}"
        self.content_name = f"content.{domain}"
        self.platform_certificate = self._certificate("platform", self.platform_name, None)
        self.content_certificate: pulumi.Output[str] | None = None
        if place.edge("aws:acm/certificate:Certificate"):
            self.content_certificate = self._certificate("content", self.content_name, EDGE_REGION)
        self.done()

    def _certificate(self, name: str, host: str, region: str | None) -> pulumi.Output[str] | None:
        """The ARN of a validated certificate; None until the zone is delegated."""
        if not self.place.country.delegated:
            return None
        certificate = aws.acm.Certificate(
            name, domain_name=host, validation_method="DNS", region=region, opts=self.child()
        )
        option = certificate.domain_validation_options[0]
        record = aws.route53.Record(
            f"{name}-validation",
            zone_id=self.zone.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=300,
            opts=self.child(),
        )
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            region=region,
            opts=self.child(),
        )
        return validation.certificate_arn

    def alias(
        self, name: str, host: str, target: str | pulumi.Output[str], zone: str | pulumi.Output[str]
    ) -> None:
        """Point a name of the zone at a balancer or distribution, once it is delegated."""
        if self.place.country.delegated:
            aws.route53.Record(
                name,
                zone_id=self.zone.zone_id,
                name=host,
                type="A",
                aliases=[{"name": target, "zone_id": zone, "evaluate_target_health": False}],
                opts=self.child(),
            )
