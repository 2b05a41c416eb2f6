"""The makers of every type, by Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from infra.sandbox.make import (
    acm,
    ec2,
    elasticache,
    iam,
    kms,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    sqs,
    wafv2,
)
from infra.sandbox.make.model import Maker

_SERVICES = (
    acm,
    ec2,
    elasticache,
    iam,
    kms,
    organizations,
    rds,
    route53,
    s3,
    s3_settings,
    sqs,
    wafv2,
)

MAKERS: Mapping[str, Maker] = MappingProxyType(
    {token: maker for service in _SERVICES for token, maker in service.MAKERS.items()}
)
