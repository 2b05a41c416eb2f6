"""Route 53: a CallerReference is used once, so that a repeated create is refused."""

from __future__ import annotations

from typing import Any

OPERATIONS = ("route53:CreateHostedZone",)


def install() -> None:
    """Put it into moto."""
    from moto.route53.exceptions import Route53ClientError
    from moto.route53.models import Route53Backend

    create = Route53Backend.create_hosted_zone

    def create_hosted_zone(self: Any, *arguments: Any, **more: Any) -> Any:
        reference = more.get("caller_reference")
        if any(zone.caller_reference == reference for zone in self.zones.values()):
            raise Route53ClientError(
                "HostedZoneAlreadyExists", f"A hosted zone was made with the reference {reference}."
            )
        return create(self, *arguments, **more)

    Route53Backend.create_hosted_zone = create_hosted_zone  # type: ignore[method-assign]
