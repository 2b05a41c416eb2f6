"""CloudFront: what moto forgets of origins and cache behaviours: who may read, and what runs."""

from __future__ import annotations

from typing import Any

OPERATIONS = (
    "cloudfront:CreateDistribution",
    "cloudfront:CreateDistributionWithTags",
    "cloudfront:UpdateDistribution",
)

_NONE = {"Quantity": 0}


def install() -> None:
    """Put it into moto."""
    from moto.cloudfront.models import DefaultCacheBehaviour, Origin

    make_origin, make_behaviour = Origin.__init__, DefaultCacheBehaviour.__init__

    def origin(self: Any, said: dict[str, Any]) -> None:
        make_origin(self, said)
        self.origin_access_control_id = said.get("OriginAccessControlId") or ""
        if "S3OriginConfig" in said:
            identity = said["S3OriginConfig"].get("OriginAccessIdentity") or ""
            self.s3_origin_config = {"OriginAccessIdentity": identity}

    def behaviour(self: Any, said: dict[str, Any]) -> None:
        make_behaviour(self, said)
        self.function_associations = said.get("FunctionAssociations") or _NONE
        self.lambda_function_associations = said.get("LambdaFunctionAssociations") or _NONE

    Origin.__init__ = origin  # type: ignore[assignment,method-assign]
    DefaultCacheBehaviour.__init__ = behaviour  # type: ignore[assignment,method-assign]
